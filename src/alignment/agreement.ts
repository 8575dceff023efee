import type { CorrespondenceEngine } from "./correspondence.ts";
import { required, tokenCount } from "./token_index.ts";
import type { TokenRef } from "./types.ts";

/** How much of the truth the features find, per frame. */
export interface Pck {
  /** Tokens whose truth is visible, [F]. */
  readonly counted: Uint32Array<ArrayBuffer>;
  /** Share whose best match lies within one token, [F], NaN where none counts. */
  readonly argmax: Float32Array<ArrayBuffer>;
  /** One per τ: the same for the soft match. */
  readonly soft: readonly Float32Array<ArrayBuffer>[];
}

export interface PckPerFrame extends Pck {
  /** The same for those tokens that are more than one token from where they were: standing still is no answer for them. */
  readonly moved: Pck;
}

/** Most bytes of similarities that one batch of queries may fill. */
const BATCH_BYTES = 8 * 2 ** 20;
/** About how long others wait for the engine: the batches grow and shrink to take this long. */
const BATCH_MS = 80;
const FIRST_BATCH = 8;

/** Room for rounding in a distance of exactly one token. */
const ONE_TOKEN = 1 + 1e-6;

/**
 * PCK@1 of all S tokens of one frame: a match counts when neither its row nor its column is more than one token from the
 * truth. Hidden targets do not count. The tokens are asked in batches, and others may use
 * the engine between two of them.
 * @param truthOf true (row, col) of a token in every frame, [F, 2], NaN where it is hidden or outside
 * @param beforeBatch awaited before each batch; rejects to stop
 */
export async function agreementOf(
  engine: Pick<CorrespondenceEngine, "grid" | "positions">,
  frame: number,
  taus: readonly number[],
  truthOf: (token: TokenRef) => Float32Array,
  beforeBatch: () => Promise<void> = async () => {},
): Promise<PckPerFrame> {
  const grid = required(engine.grid, "features");
  const { F, H, W } = grid;
  const S = H * W;
  const [all, moved] = [tally(F, taus.length), tally(F, taus.length)];
  const most = Math.max(1, Math.min(S, Math.floor(BATCH_BYTES / (4 * tokenCount(grid)))));
  let batch = Math.min(most, FIRST_BATCH);
  // The best match comes with every τ; without any, τ = 1 stands in.
  const asked = taus.length > 0 ? taus : [1];
  const near = (truth: Float32Array, f: number, row: number, col: number) =>
    Math.max(Math.abs(row - truth[2 * f]), Math.abs(col - truth[2 * f + 1])) <= ONE_TOKEN;

  for (let first = 0; first < S; ) {
    await beforeBatch();
    const length = Math.min(batch, S - first);
    const start = performance.now();
    const tokens = Array.from({ length }, (_, q): TokenRef => {
      const s = first + q;
      return [frame, Math.floor(s / W), s % W];
    });
    const found = await engine.positions(tokens, asked);
    first += length;
    // At most doubled: the first batch also compiles the kernels, and one slow moment says little.
    const pace = Math.min(2, Math.max(0.5, BATCH_MS / (performance.now() - start)));
    batch = Math.max(1, Math.min(most, Math.round(batch * pace)));
    for (const [q, token] of tokens.entries()) {
      const truth = truthOf(token);
      for (let f = 0; f < F; f++) {
        if (Number.isNaN(truth[2 * f])) continue;
        const at = (q * F + f) * 3;
        const s = found[0][at + 2];
        const hit = [
          near(truth, f, Math.floor(s / W), s % W),
          ...taus.map((_, t) => near(truth, f, found[t][at], found[t][at + 1])),
        ];
        const stayed = near(truth, f, token[1], token[2]);
        for (const { counted, hits } of stayed ? [all] : [all, moved]) {
          counted[f]++;
          for (const [i, right] of hit.entries()) if (right) hits[i][f]++;
        }
      }
    }
  }
  return { ...sharesOf(all), moved: sharesOf(moved) };
}

interface Tally {
  readonly counted: Uint32Array<ArrayBuffer>;
  /** The best match's, then one per τ. */
  readonly hits: readonly Uint32Array[];
}

const tally = (F: number, taus: number): Tally => ({
  counted: new Uint32Array(F),
  hits: Array.from({ length: 1 + taus }, () => new Uint32Array(F)),
});

function sharesOf({ counted, hits }: Tally): Pck {
  const share = (hit: Uint32Array) => Float32Array.from(hit, (n, f) => (counted[f] > 0 ? n / counted[f] : Number.NaN));
  return { counted, argmax: share(hits[0]), soft: hits.slice(1).map(share) };
}
