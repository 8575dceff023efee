import type { CorrespondenceEngine } from "./correspondence/correspondence.ts";
import { positionsOf } from "./positions.ts";
import { required } from "./token_index.ts";
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

/** Room for rounding in a distance of exactly one token. */
export const ONE_TOKEN = 1 + 1e-6;

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
  const [all, moved] = [tally(F, taus.length), tally(F, taus.length)];
  const near = (truth: Float32Array, f: number, row: number, col: number) =>
    Math.max(Math.abs(row - truth[2 * f]), Math.abs(col - truth[2 * f + 1])) <= ONE_TOKEN;
  const asked = Array.from({ length: H * W }, (_, s): TokenRef => [frame, Math.floor(s / W), s % W]);

  for await (const { tokens, found } of positionsOf(engine, asked, taus, beforeBatch)) {
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
