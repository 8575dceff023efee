/** CogVideoX's noise schedule: SNR shift 3, zero terminal SNR (docs/method.md section 6); models/pretrain/objectives/schedule.py is its twin. */

/** Noise levels t = 0 … 999. */
export const NOISE_LEVELS = 1000;

const SNR_SHIFT = 3;
const BETA_ROOTS = [Math.sqrt(0.00085), Math.sqrt(0.012)] as const;

/** A [1000], float64: the share of signal power left at each t; A[999] is 0. */
export function alphas(): Float64Array {
  const [low, high] = BETA_ROOTS;
  const s = new Float64Array(NOISE_LEVELS);
  let product = 1;
  for (let i = 0; i < NOISE_LEVELS; i++) {
    product *= 1 - (low + ((high - low) * i) / (NOISE_LEVELS - 1)) ** 2;
    s[i] = Math.sqrt(product / (SNR_SHIFT - (SNR_SHIFT - 1) * product));
  }
  const [first, last] = [s[0], s[NOISE_LEVELS - 1]];
  return s.map((root) => (((root - last) * first) / (first - last)) ** 2);
}

/** x_t = √A·x0 + √(1−A)·ε, where A belongs to t. */
export function noised(x0: Float32Array, noise: Float32Array, A: number): Float32Array {
  const [signal, rest] = [Math.sqrt(A), Math.sqrt(1 - A)];
  return x0.map((value, i) => signal * value + rest * noise[i]);
}

/** t of each of `steps` steps, from 999 down, evenly spaced from the noisy end (CogVideoX's "trailing"). */
export function samplingTimes(steps: number): number[] {
  if (!Number.isInteger(steps) || steps < 1 || steps > NOISE_LEVELS) {
    throw new RangeError(`steps must be a whole number from 1 to ${NOISE_LEVELS}, got ${steps}`);
  }
  return Array.from({ length: steps }, (_, i) => roundHalfToEven(NOISE_LEVELS - (i * NOISE_LEVELS) / steps) - 1);
}

/** As Python rounds, so that both sides visit the same t. */
function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
