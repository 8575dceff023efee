import { alphas, samplingTimes } from "./schedule.ts";

/** x̂0 of x_t under the prompt and, only where `guided`, under the empty prompt as well: [prompt] or [prompt, empty]. */
export type Denoise = (x: Float32Array, t: number, guided: boolean) => Promise<readonly Float32Array[]>;

export interface SamplerOptions {
  /** x at t = 999. */
  readonly noise: Float32Array;
  /** Clean values that begin every x, as those of a given first token frame; null: none. */
  readonly first: Float32Array | null;
  readonly steps: number;
  /** g in x̂0 = empty + g·(prompt − empty); at 1 the empty prompt is not run. */
  readonly guidance: number;
  readonly signal: AbortSignal;
  /**
   * After each step. May pause the work: it is waited for.
   * @param x0 the clip as the student guesses it at this step, as long as `noise`; overwritten by the next step
   */
  progress?(done: number, total: number, x0: Float32Array): void | Promise<void>;
}

/**
 * DDIM without added noise, by x0 prediction (docs/method.md section 6); models/pretrain/objectives/diffusion.py `sample` is its twin.
 * @returns x0, its first values as given
 * @throws the signal's reason when it was aborted
 */
export async function sample(denoise: Denoise, options: SamplerOptions): Promise<Float32Array> {
  const { noise, first, steps, guidance, signal, progress } = options;
  const A = alphas();
  const times = samplingTimes(steps);
  const x = noise.slice();
  const given = first?.length ?? 0;
  if (first) x.set(first);
  const guess = x.slice();
  for (const [step, t] of times.entries()) {
    signal.throwIfAborted();
    const [prompt, empty] = await denoise(x, t, guidance !== 1);
    const later = step + 1 < steps ? A[times[step + 1]] : 1;
    const [signalNow, noiseNow] = [Math.sqrt(A[t]), Math.sqrt(1 - A[t])];
    const [signalThen, noiseThen] = [Math.sqrt(later), Math.sqrt(1 - later)];
    for (let i = given; i < x.length; i++) {
      const x0 = guidance === 1 ? prompt[i] : empty[i] + guidance * (prompt[i] - empty[i]);
      guess[i] = x0;
      x[i] = signalThen * x0 + (noiseThen * (x[i] - signalNow * x0)) / noiseNow;
    }
    await progress?.(step + 1, steps, guess);
  }
  signal.throwIfAborted();
  return x;
}
