import { motionSaliency } from "../reference/index.ts";
import type { TokenPixels } from "./correspondence/correspondence.ts";

/** Byte of a pixel's full scale. The mask's pixels are bytes, and saliency is given in units of the full scale. */
export const FULL_SCALE = 255;

/**
 * Where a frame's token finds what is kept once for each tubelet: index i of [F · tubelet, S] in [F, S]. The page shows every
 * sampled frame, and all frames of a tubelet have its saliency and its place in the mask, as they have its features.
 */
export const tubeletToken = (i: number, S: number, tubelet: number): number =>
  Math.floor(i / (S * tubelet)) * S + (i % S);

/**
 * The motion saliency of every sampled frame's tokens, [F · tubelet, S] in [0, D].
 * @param Y [F, S, D] bytes of the encoder's tubelets. Their differences add up exactly, in float32 as in float64: what did not
 * change is exactly 0, equals are equal, and the GPU, its twin and PyTorch keep the same tokens.
 */
export function frameMotion(Y: Float32Array, { F, S, D }: TokenPixels, tubelet: number): Float64Array {
  const saliency = motionSaliency(Y, F, S, D);
  return Float64Array.from({ length: F * S * tubelet }, (_, i) => saliency[tubeletToken(i, S, tubelet)] / FULL_SCALE);
}
