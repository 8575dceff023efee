/**
 * Whether a match leads back: a doubt about a match, and a choice of τ, that need no truth. Both ask the engine for positions only,
 * so they are computed by the same kernels as the matches.
 */
import { ONE_TOKEN } from "./agreement.ts";
import type { CorrespondenceEngine } from "./correspondence/correspondence.ts";
import { positionsOf } from "./positions.ts";
import { required, tokenCount, tokenIndices } from "./token_index.ts";
import type { Grid, TokenRef } from "./types.ts";

type Engine = Pick<CorrespondenceEngine, "grid" | "positions">;

/** Which τ a best match is asked at: it has the same one at every τ. */
const ANY_TAU = [1];

const tokenOf = (index: number, { H, W }: Grid): TokenRef => {
  const s = index % (H * W);
  return [Math.floor(index / (H * W)), Math.floor(s / W), s % W];
};

/**
 * There and back: each query's best match in every frame is asked in its turn, and what comes back is its best match in the query's
 * own frame.
 * @returns [Q, F] positions s within the query's frame, row·W + col
 */
export async function returnsOf(
  engine: Engine,
  queries: readonly TokenRef[],
  beforeBatch: () => Promise<void> = async () => {},
): Promise<Uint32Array<ArrayBuffer>> {
  const grid = required(engine.grid, "features");
  const { F, H, W } = grid;
  const best = await positionsAt(engine, tokenIndices(queries, grid), ANY_TAU, beforeBatch);
  // Of many queries some go to the same place, which is asked once.
  const matches = Uint32Array.from({ length: queries.length * F }, (_, i) => {
    const [q, f] = [Math.floor(i / F), i % F];
    return f * H * W + best.get(tokenIndices([queries[q]], grid)[0], f, 0)[2];
  });
  const back = await positionsAt(engine, matches, ANY_TAU, beforeBatch);
  return matches.map((match, i) => back.get(match, queries[Math.floor(i / F)][0], 0)[2]);
}

export interface TauCurve {
  /** How many tokens were asked, and into how many frames each. */
  readonly tokens: number;
  /** One per τ: share of tokens and other frames whose soft match leads back to within one token. */
  readonly cycle: Float32Array<ArrayBuffer>;
  /** The same of best matches. */
  readonly best: number;
  /** One per τ: share whose soft match lies within one token of the truth, of those that it knows; null without truth. */
  readonly truth: Float32Array<ArrayBuffer> | null;
}

/** Tokens asked at most, and how many positions all of them together may be compared with. */
const MOST_TOKENS = 96;
const LEAST_TOKENS = 24;
const COMPARED = 200_000;

/**
 * Cycle consistency of soft matches against τ: a token's expected place in another frame is asked for the token's own frame in
 * its turn, at the same τ. Warm, every expected place is the middle of the frame; cold, it is the best match.
 * @param truthOf as for `agreementOf`; null where there is none
 * @param beforeBatch awaited before each batch; rejects to stop
 */
export async function tauCurveOf(
  engine: Engine,
  frame: number,
  taus: readonly number[],
  truthOf: ((token: TokenRef) => Float32Array) | null,
  beforeBatch: () => Promise<void> = async () => {},
): Promise<TauCurve> {
  const grid = required(engine.grid, "features");
  const { F, H, W } = grid;
  const S = H * W;
  const asked = spread(frame, grid);
  const there = await positionsAt(engine, asked, taus, beforeBatch);
  const target = (f: number, row: number, col: number) => (f * H + Math.round(row)) * W + Math.round(col);
  const targets = new Set<number>();
  for (const token of asked) {
    for (let f = 0; f < F; f++) {
      if (f === frame) continue;
      targets.add(f * S + there.get(token, f, 0)[2]);
      for (let t = 0; t < taus.length; t++) {
        const [row, col] = there.get(token, f, t);
        targets.add(target(f, row, col));
      }
    }
  }
  const back = await positionsAt(engine, Uint32Array.from(targets), taus, beforeBatch);
  const hits = { cycle: new Float32Array(taus.length), truth: new Float32Array(taus.length), best: 0 };
  let known = 0;
  for (const token of asked) {
    const from = tokenOf(token, grid);
    const truth = truthOf?.(from);
    const returns = ([row, col]: readonly number[]) =>
      Math.max(Math.abs(row - from[1]), Math.abs(col - from[2])) <= ONE_TOKEN;
    for (let f = 0; f < F; f++) {
      if (f === frame) continue;
      const s = back.get(f * S + there.get(token, f, 0)[2], frame, 0)[2];
      if (returns([Math.floor(s / W), s % W])) hits.best++;
      const isKnown = truth !== undefined && !Number.isNaN(truth[2 * f]);
      if (isKnown) known++;
      for (let t = 0; t < taus.length; t++) {
        const [row, col] = there.get(token, f, t);
        if (returns(back.get(target(f, row, col), frame, t))) hits.cycle[t]++;
        if (isKnown && Math.max(Math.abs(row - truth[2 * f]), Math.abs(col - truth[2 * f + 1])) <= ONE_TOKEN)
          hits.truth[t]++;
      }
    }
  }
  const all = asked.length * (F - 1);
  return {
    tokens: asked.length,
    cycle: hits.cycle.map((hit) => hit / all),
    best: hits.best / all,
    truth: known > 0 ? hits.truth.map((hit) => hit / known) : null,
  };
}

/** Tokens of one frame, evenly: as many as time allows. */
function spread(frame: number, grid: Grid): Uint32Array<ArrayBuffer> {
  const { H, W } = grid;
  const most = Math.max(LEAST_TOKENS, Math.min(MOST_TOKENS, Math.round(COMPARED / tokenCount(grid))));
  const step = Math.max(1, Math.sqrt((H * W) / most));
  const places = (length: number) => {
    const count = Math.max(1, Math.floor(length / step));
    return Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * length) / count));
  };
  return tokenIndices(
    places(H).flatMap((row) => places(W).map((col): TokenRef => [frame, row, col])),
    grid,
  );
}

/** Positions of tokens, each asked once, by token, frame and τ: expected row, expected column, best match. */
async function positionsAt(
  engine: Engine,
  tokens: Uint32Array,
  taus: readonly number[],
  beforeBatch: () => Promise<void>,
): Promise<{ get(token: number, frame: number, t: number): readonly [number, number, number] }> {
  const grid = required(engine.grid, "features");
  const { F } = grid;
  const once = [...new Set(tokens)];
  const place = new Map(once.map((token, i) => [token, i]));
  const kept = taus.map(() => new Float32Array(once.length * F * 3));
  let done = 0;
  const asked = once.map((token) => tokenOf(token, grid));
  for await (const { tokens: batch, found } of positionsOf(engine, asked, taus, beforeBatch)) {
    // What was found lies in the engine's own memory until it is asked again.
    for (const [t, values] of found.entries()) kept[t].set(values.subarray(0, batch.length * F * 3), done * F * 3);
    done += batch.length;
  }
  return {
    get(token, frame, t) {
      const at = ((place.get(token) ?? 0) * F + frame) * 3;
      return [kept[t][at], kept[t][at + 1], kept[t][at + 2]];
    },
  };
}
