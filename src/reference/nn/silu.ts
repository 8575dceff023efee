const sigmoid = (p: number): number => 1 / (1 + Math.exp(-p));

/** h = p · σ(p) */
export function silu(p: ArrayLike<number>): Float64Array {
  return Float64Array.from(p, (value) => value * sigmoid(value));
}

/** dp = dh · σ(p) (1 + p (1 − σ(p))) */
export function siluBackward(p: ArrayLike<number>, dh: ArrayLike<number>): Float64Array {
  return Float64Array.from(p, (value, i) => dh[i] * sigmoid(value) * (1 + value * (1 - sigmoid(value))));
}
