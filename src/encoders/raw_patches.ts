import { tubelets } from "../video/tubelets.ts";
import type { Encoder } from "./types.ts";

/**
 * The honest baseline: a token's own pixels, [3, p, p] in [0, 1], with each channel's mean over this one patch removed.
 * What is left is texture and edges, so that the cosine compares patterns; with the mean kept every bright patch would
 * resemble every other one. Brightness and colour of a flat patch are lost on purpose: its feature is zero.
 * C = 3·p·p.
 */
export const rawPatches: Encoder = {
  model: null,

  async encode({ pixels, size, token }, { signal }) {
    signal.throwIfAborted();
    const { Y, F, H, W, D } = tubelets(pixels, size, token);
    removePatchMeans(Y, token * token);
    return { data: Y, grid: { F, H, W, C: D }, provider: null };
  },
};

/** Subtracts from each run of `area` values (one channel of one patch) its mean, in place. */
export function removePatchMeans(values: Float32Array, area: number): void {
  for (let start = 0; start < values.length; start += area) {
    let sum = 0;
    for (let i = start; i < start + area; i++) sum += values[i];
    for (let i = start; i < start + area; i++) values[i] -= sum / area;
  }
}
