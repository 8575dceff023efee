import { frameSoftmax, l2Normalize, selfSimilarity } from "../../reference/index.ts";

/** Features of a clip's tokens. */
export interface ClipFeatures {
  /** [F, S, C] */
  readonly values: Float32Array;
  readonly F: number;
  readonly S: number;
}

/**
 * Where a token is found in each frame (eq. 6 to 8): the softmax at τ over a frame's tokens of their cosines with the query's.
 * @param frames how many frames the answer has: a multiple of F, each of whose frames stands for as many
 * @param query a token of the answer's grid
 * @returns [frames, S], each frame sums to 1
 * @throws RangeError for a query outside
 */
export function correspondence(
  { values, F, S }: ClipFeatures,
  frames: number,
  query: { readonly frame: number; readonly token: number },
  tau: number,
): Float32Array<ArrayBuffer> {
  const [N, each] = [F * S, frames / F];
  const C = values.length / N;
  if (!(query.frame >= 0 && query.frame < frames && query.token >= 0 && query.token < S)) {
    throw new RangeError(`the query is frame ${query.frame}, token ${query.token}; there are ${frames} × ${S}`);
  }
  const at = Math.floor(query.frame / each) * S + query.token;
  const cosines = selfSimilarity(l2Normalize(values, N, C).z, [at], N, C);
  const probabilities = frameSoftmax(cosines, F, S, tau);
  const out = new Float32Array(frames * S);
  for (let frame = 0; frame < frames; frame++) {
    const from = Math.floor(frame / each) * S;
    out.set(probabilities.subarray(from, from + S), frame * S);
  }
  return out;
}
