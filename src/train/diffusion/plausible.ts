/** PPE* (LikePhys, arXiv 2510.11512): whether a student takes noise out of a clip better than out of the same clip with a law broken. */
import type { Pause } from "../../gpu/steps.ts";
import type { StudentForward } from "../../student/forward.ts";
import { alphas, NOISE_LEVELS, noised } from "../../student/schedule.ts";

/** Noise levels of a clip's loss. */
const TIMES = 10;

/** Evenly spaced, each in the middle of its tenth: 50, 150 … 950. */
export const lossTimes = (): number[] => Array.from({ length: TIMES }, (_, i) => ((i + 0.5) * NOISE_LEVELS) / TIMES);

/** ‖x̂0 − x0‖²/(1 − A_t) a value, averaged over the noise levels. @param guesses x̂0 at each of `lossTimes` [TIMES, n] @param x0 [n] */
export function meanLoss(guesses: ArrayLike<number>, x0: ArrayLike<number>): number {
  const [A, n] = [alphas(), x0.length];
  const times = lossTimes();
  const sums = times.map((t, k) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (guesses[k * n + i] - x0[i]) ** 2;
    return sum / (1 - A[t]) / n;
  });
  return sums.reduce((a, b) => a + b, 0) / times.length;
}

/** The same of a student that says nothing, as one whose output is still zero: the clip's own energy. */
export const silentLoss = (x0: ArrayLike<number>): number => meanLoss(new Float32Array(TIMES * x0.length), x0);

/** How many clips a forward has to take at once for `denoisingLoss`. */
export const LOSS_CLIPS = TIMES;

/**
 * The denoising loss of a clip that is drawn from its sentence alone, all noise levels at once.
 * @param x0 clean latents [n] @param noise the same for every clip that is held against it, [n] @param words ids of its sentence
 */
export async function denoisingLoss(
  forward: StudentForward,
  { x0, noise, words }: { readonly x0: Float32Array; readonly noise: Float32Array; readonly words: ArrayLike<number> },
  pause: Pause,
): Promise<number> {
  const [A, times, n] = [alphas(), lossTimes(), x0.length];
  const x = new Float32Array(times.length * n);
  for (const [k, t] of times.entries()) x.set(noised(x0, noise, A[t]), k * n);
  const all = times.flatMap(() => Array.from(words));
  const { output } = await forward.run({ x, t: times, words: all, given: times.map(() => 0) }, pause);
  return meanLoss(output, x0);
}
