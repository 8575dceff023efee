/** What AdamW keeps of a tensor. */
export interface AdamwState {
  p: Float64Array;
  m: Float64Array;
  v: Float64Array;
}

export interface AdamwOptions {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly decay: number;
}

/** Norm of all gradients together after λ, and the factor that λ and clipping give each of them. */
export function clipping(gradients: readonly ArrayLike<number>[], lambda: number, clip: number) {
  let sum = 0;
  for (const gradient of gradients) for (let i = 0; i < gradient.length; i++) sum += gradient[i] ** 2;
  const norm = lambda * Math.sqrt(sum);
  return { norm, scale: lambda * Math.min(1, clip / (norm + 1e-6)) };
}

/** One update with decoupled weight decay and bias correction; `t` counts from 1. The formula stands in adamw.wgsl. */
export function adamw(
  { p, m, v }: AdamwState,
  gradient: ArrayLike<number>,
  t: number,
  options: AdamwOptions,
): AdamwState {
  const { learningRate, beta1, beta2, eps, decay } = options;
  const first = m.map((value, i) => beta1 * value + (1 - beta1) * gradient[i]);
  const second = v.map((value, i) => beta2 * value + (1 - beta2) * gradient[i] ** 2);
  const next = p.map((value, i) => {
    const root = Math.sqrt(second[i]) / Math.sqrt(1 - beta2 ** t);
    return value * (1 - learningRate * decay) - ((learningRate / (1 - beta1 ** t)) * first[i]) / (root + eps);
  });
  return { p: next, m: first, v: second };
}

/** d · average + (1 − d) · p */
export function movingAverage(average: Float64Array, p: ArrayLike<number>, d: number): Float64Array {
  return average.map((value, i) => d * value + (1 - d) * p[i]);
}
