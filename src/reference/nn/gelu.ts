/** σ(2u) with u = √(2/π) (x + 0.044715 x³), and the derivative of 2u. */
function parts(x: number): { s: number; slope: number } {
  const root = Math.sqrt(2 / Math.PI);
  const s = 1 / (1 + Math.exp(-2 * root * (x + 0.044715 * x ** 3)));
  return { s, slope: 2 * root * (1 + 3 * 0.044715 * x * x) };
}

/** y = ½ x (1 + tanh u): GELU's tanh approximation, which is x · σ(2u). */
export const gelu = (x: ArrayLike<number>): Float64Array => Float64Array.from(x, (value) => value * parts(value).s);

/** dx = dy (s + x s (1 − s) (2u)'). */
export const geluBackward = (x: ArrayLike<number>, dy: ArrayLike<number>): Float64Array =>
  Float64Array.from(x, (value, i) => {
    const { s, slope } = parts(value);
    return dy[i] * (s + value * s * (1 - s) * slope);
  });
