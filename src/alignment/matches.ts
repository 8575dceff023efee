import type { Correspondences } from "./correspondence/correspondence.ts";
import { tokenCount } from "./token_index.ts";
import type { Grid, Match } from "./types.ts";

/** Position of the largest of `length` values from `start`, counted from `start`; ties go to the lower index. */
export function argmax(values: ArrayLike<number>, start: number, length: number): number {
  let best = 0;
  for (let s = 1; s < length; s++) if (values[start + s] > values[start + best]) best = s;
  return best;
}

/** Expected row and column of a distribution over H×W positions that begins at `start`. */
export function softPosition(
  probs: ArrayLike<number>,
  start: number,
  { H, W }: Pick<Grid, "H" | "W">,
): readonly [row: number, col: number] {
  let row = 0;
  let col = 0;
  for (let y = 0, s = start; y < H; y++) {
    for (let x = 0; x < W; x++, s++) {
      row += probs[s] * y;
      col += probs[s] * x;
    }
  }
  return [row, col];
}

/** What the rest of a frame says of a match at s: the best cosine more than one token away, and how far all of them spread. */
function othersOf(cosines: ArrayLike<number>, start: number, s: number, { H, W }: Pick<Grid, "H" | "W">) {
  const [row, col] = [Math.floor(s / W), s % W];
  let rival = Number.NaN;
  let sum = 0;
  let squares = 0;
  for (let y = 0, at = start; y < H; y++) {
    for (let x = 0; x < W; x++, at++) {
      const cosine = cosines[at];
      sum += cosine;
      squares += cosine * cosine;
      const apart = Math.abs(y - row) > 1 || Math.abs(x - col) > 1;
      if (apart && !(cosine <= rival)) rival = cosine;
    }
  }
  const mean = sum / (H * W);
  return { rival, spread: Math.sqrt(Math.max(squares / (H * W) - mean * mean, 0)) };
}

/**
 * The matches of Q queries, ordered by query, then τ (raw first), then frame. Every τ has the same best match, because
 * tempering keeps the order; it is taken from the cosines, which float32 does not yet tie or underflow.
 */
export function matchesOf(found: Correspondences, taus: readonly number[], grid: Grid): Match[] {
  const { F, H, W } = grid;
  const S = H * W;
  const Q = found.similarity.length / tokenCount(grid);
  const matches: Match[] = [];
  for (let query = 0; query < Q; query++) {
    const best = Array.from({ length: F }, (_, frame) => argmax(found.similarity, (query * F + frame) * S, S));
    const others = best.map((s, frame) => othersOf(found.similarity, (query * F + frame) * S, s, grid));
    for (let t = -1; t < taus.length; t++) {
      for (let frame = 0; frame < F; frame++) {
        const start = (query * F + frame) * S;
        const s = best[frame];
        const soft = t < 0 ? null : softPosition(found.probabilities[t], start, grid);
        matches.push({
          query,
          tau: t < 0 ? null : taus[t],
          frame,
          row: Math.floor(s / W),
          col: s % W,
          similarity: found.similarity[start + s],
          ...others[frame],
          probability: t < 0 ? null : found.probabilities[t][start + s],
          softRow: soft?.[0] ?? null,
          softCol: soft?.[1] ?? null,
          entropyBits: t < 0 ? null : found.entropyBits[t][query * F + frame],
        });
      }
    }
  }
  return matches;
}
