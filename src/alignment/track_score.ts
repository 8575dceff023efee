/** How well features follow points, by TAP-Vid's measures (Doersch et al., NeurIPS 2022) and by ours. */
import { ONE_TOKEN } from "./agreement.ts";
import type { CorrespondenceEngine } from "./correspondence/correspondence.ts";
import { positionsOf } from "./positions.ts";
import { required } from "./token_index.ts";
import type { TokenRef } from "./types.ts";

/** Errors, in pixels of a frame that was resized to 256×256, below which TAP-Vid counts a place as found. */
export const TAPVID_PIXELS = [1, 2, 4, 8, 16] as const;
/** Side of the frame in which TAP-Vid counts, whatever the clip's own shape. */
const TAPVID_SIDE = 256;

/** True places of N points in F frames, (row, col) in tokens, [N, F, 2]: a token's centre is whole, NaN where the point is not seen. */
export interface TokenPlaces {
  readonly N: number;
  readonly places: Float32Array;
}

export interface TrackScore {
  /** "best": the best match; "still": the point stays where it was asked, what any method must beat. A number: the soft match at this τ. */
  readonly by: "best" | "still" | number;
  /** Share of the places found within each of TAPVID_PIXELS: δ at 1, 2, 4, 8 and 16 px. */
  readonly within: readonly number[];
  /** Their mean: TAP-Vid's δ^x_avg. */
  readonly mean: number;
  /** Share within one token, as our own PCK counts it: neither row nor column is more than one off. */
  readonly token: number;
}

export interface TrackScores {
  /** The still one, the best match, then one per τ. */
  readonly scores: readonly TrackScore[];
  /** Points that were seen in two of the frames or more. */
  readonly tracks: number;
  /** Places that count: where a point is seen, after the frame in which it is asked. */
  readonly counted: number;
}

/**
 * Each point is asked in the first of the frames in which it is seen ("query first"), by the token that it is in. It went as far as
 * this token's match, so that it keeps its place within the token; the error is counted in the other frames in which it is seen.
 * Occlusion is not told, since features do not tell it. Shares are NaN where no place counts.
 * @param beforeBatch awaited before each batch; rejects to stop
 */
export async function scoreTracks(
  engine: Pick<CorrespondenceEngine, "grid" | "positions">,
  { N, places }: TokenPlaces,
  taus: readonly number[],
  beforeBatch: () => Promise<void>,
): Promise<TrackScores> {
  const { F, H, W } = required(engine.grid, "features");
  const seen = (n: number, f: number) => !Number.isNaN(places[2 * (n * F + f)]);
  const inside = (value: number, size: number) => Math.min(Math.max(Math.round(value), 0), size - 1);
  const points = Array.from({ length: N }, (_, n) => n).flatMap((n) => {
    const frames = Array.from({ length: F }, (_, f) => f).filter((f) => seen(n, f));
    if (frames.length < 2) return [];
    const [row, col] = places.subarray(2 * (n * F + frames[0]));
    const token: TokenRef = [frames[0], inside(row, H), inside(col, W)];
    return [{ n, row, col, token, later: frames.slice(1) }];
  });
  const tallies = Array.from({ length: 2 + taus.length }, () => new Float64Array(TAPVID_PIXELS.length + 1));
  const [rowPx, colPx] = [TAPVID_SIDE / H, TAPVID_SIDE / W];
  let counted = 0;
  const asked = points.map(({ token }) => token);
  for await (const { first, tokens, found } of positionsOf(engine, asked, taus, beforeBatch)) {
    for (const q of tokens.keys()) {
      const { n, row, col, token, later } = points[first + q];
      for (const f of later) {
        counted++;
        const [trueRow, trueCol] = places.subarray(2 * (n * F + f));
        const at = (q * F + f) * 3;
        const best = found[0][at + 2];
        const matches = [
          [token[1], token[2]],
          [Math.floor(best / W), best % W],
          ...taus.map((_, t) => [found[t][at], found[t][at + 1]]),
        ];
        for (const [i, [matchRow, matchCol]] of matches.entries()) {
          const dRow = row + matchRow - token[1] - trueRow;
          const dCol = col + matchCol - token[2] - trueCol;
          const error = Math.hypot(dRow * rowPx, dCol * colPx);
          for (const [k, px] of TAPVID_PIXELS.entries()) if (error < px) tallies[i][k]++;
          if (Math.max(Math.abs(dRow), Math.abs(dCol)) <= ONE_TOKEN) tallies[i][TAPVID_PIXELS.length]++;
        }
      }
    }
  }
  const scores = tallies.map((tally, i): TrackScore => {
    const shares = Array.from(tally, (hits) => hits / counted);
    const within = shares.slice(0, TAPVID_PIXELS.length);
    const by = i === 0 ? "still" : i === 1 ? "best" : taus[i - 2];
    return { by, within, mean: within.reduce((a, b) => a + b, 0) / within.length, token: shares[TAPVID_PIXELS.length] };
  });
  return { scores, tracks: points.length, counted };
}
