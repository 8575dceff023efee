import { keptPerFrame, topMask } from "../reference/index.ts";
import type { LossShape } from "./loss_config.ts";

/**
 * The query list of each clip: token indices in rising order, clip b from b · room on.
 * @param mask [B, F, S] of 0 and 1; without one every token is a query
 * @throws RangeError when the mask has the wrong length, another value, or more tokens than there is room for
 */
export function packQueries({ B, F, S }: LossShape, room: number, mask?: ArrayLike<number>) {
  const N = F * S;
  if (mask && mask.length !== B * N) {
    throw new RangeError(`the mask has ${mask.length} values, [${B}, ${F}, ${S}] has ${B * N}`);
  }
  const queries = new Uint32Array(B * room);
  const counts = new Uint32Array(B);
  for (let b = 0; b < B; b++) {
    for (let i = 0; i < N; i++) {
      const value = mask ? mask[b * N + i] : 1;
      if (value !== 0 && value !== 1)
        throw new RangeError(`a mask holds 0 and 1, got ${value} at clip ${b}, token ${i}`);
      if (value === 0) continue;
      if (counts[b] < room) queries[b * room + counts[b]] = i;
      counts[b]++;
    }
    if (counts[b] > room) {
      throw new RangeError(
        `clip ${b} keeps ${counts[b]} tokens, there is room for ${room}: create the loss with maxRho ≥ ${(counts[b] / N).toFixed(3)}`,
      );
    }
  }
  return { queries, counts };
}

/**
 * The motion mask of each clip (docs/method.md eq. 12).
 * @param motion [B, F, S] saliency
 * @throws RangeError when the length is wrong or a value is not finite
 */
export function maskFromMotion(motion: ArrayLike<number>, { B, F, S }: LossShape, rho: number): Uint32Array {
  const N = F * S;
  if (motion.length !== B * N) {
    throw new RangeError(`the motion saliency has ${motion.length} values, [${B}, ${F}, ${S}] has ${B * N}`);
  }
  const mask = new Uint32Array(B * N);
  for (let b = 0; b < B; b++) {
    const clip = Array.prototype.slice.call(motion, b * N, (b + 1) * N) as number[];
    if (!clip.every(Number.isFinite))
      throw new RangeError(`the motion saliency of clip ${b} has a value that is not finite`);
    mask.set(topMask(clip, F, S, keptPerFrame(rho, F, S)), b * N);
  }
  return mask;
}
