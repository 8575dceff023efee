import type { CorrespondenceEngine } from "./correspondence.ts";
import { argmax, softPosition } from "./matches.ts";
import { required, tokenCount } from "./token_index.ts";
import type { TokenRef } from "./types.ts";

/** How much of the truth the features find, per frame. */
export interface PckPerFrame {
  /** Tokens whose truth is visible, [F]. */
  readonly counted: Uint32Array<ArrayBuffer>;
  /** Share whose best match lies within one token, [F], NaN where none counts. */
  readonly argmax: Float32Array<ArrayBuffer>;
  /** One per τ: the same for the soft match. */
  readonly soft: readonly Float32Array<ArrayBuffer>[];
}

/** Most bytes of results that one batch of queries may read back. */
const BATCH_BYTES = 32 * 2 ** 20;

/** Room for rounding in a distance of exactly one token. */
const ONE_TOKEN = 1 + 1e-6;

/**
 * PCK@1 of all S tokens of one frame: a match counts when neither its row nor its column is more than one token from the
 * truth. Hidden targets do not count. The tokens are asked in batches within `BATCH_BYTES`.
 * @param truthOf true (row, col) of a token in every frame, [F, 2], NaN where it is hidden or outside
 * @param beforeBatch called before each batch; throws to stop
 */
export async function agreementOf(
  engine: CorrespondenceEngine,
  frame: number,
  taus: readonly number[],
  truthOf: (token: TokenRef) => Float32Array,
  beforeBatch: () => void = () => {},
): Promise<PckPerFrame> {
  const grid = required(engine.grid, "features");
  const { F, H, W } = grid;
  const S = H * W;
  const counted = new Uint32Array(F);
  const hits = Array.from({ length: 1 + taus.length }, () => new Uint32Array(F));
  const bytesPerQuery = 4 * (tokenCount(grid) * (1 + taus.length) + F * taus.length);
  // The engine makes room in powers of two, so other batches would waste memory.
  const batch = 2 ** Math.max(0, Math.floor(Math.log2(Math.min(S, BATCH_BYTES / bytesPerQuery))));
  const near = (truth: Float32Array, f: number, row: number, col: number) =>
    Math.max(Math.abs(row - truth[2 * f]), Math.abs(col - truth[2 * f + 1])) <= ONE_TOKEN;

  for (let first = 0; first < S; first += batch) {
    beforeBatch();
    const length = Math.min(batch, S - first);
    const tokens = Array.from({ length }, (_, q): TokenRef => {
      const s = first + q;
      return [frame, Math.floor(s / W), s % W];
    });
    const found = await engine.query(tokens, taus);
    for (const [q, token] of tokens.entries()) {
      const truth = truthOf(token);
      for (let f = 0; f < F; f++) {
        if (Number.isNaN(truth[2 * f])) continue;
        counted[f]++;
        const start = (q * F + f) * S;
        const s = argmax(found.similarity, start, S);
        if (near(truth, f, Math.floor(s / W), s % W)) hits[0][f]++;
        for (let t = 0; t < taus.length; t++) {
          if (near(truth, f, ...softPosition(found.probabilities[t], start, grid))) hits[1 + t][f]++;
        }
      }
    }
  }
  const share = (hit: Uint32Array) => Float32Array.from(hit, (n, f) => (counted[f] > 0 ? n / counted[f] : Number.NaN));
  return { counted, argmax: share(hits[0]), soft: hits.slice(1).map(share) };
}
