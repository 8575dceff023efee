/**
 * y = x · W + b, with the bias as the last row of the weight.
 * @param x [R, K], w [K + 1, O]
 * @returns y [R, O]
 */
export function linear(x: ArrayLike<number>, w: ArrayLike<number>, R: number, K: number, O: number): Float64Array {
  const y = new Float64Array(R * O);
  for (let r = 0; r < R; r++) {
    for (let o = 0; o < O; o++) y[r * O + o] = w[K * O + o];
    for (let k = 0; k < K; k++) {
      for (let o = 0; o < O; o++) y[r * O + o] += x[r * K + k] * w[k * O + o];
    }
  }
  return y;
}

/**
 * dx = dy · Wᵀ, dW = xᵀ · dy, db = Σ_r dy.
 * @param x [R, K], w [K + 1, O], dy [R, O]
 * @returns dx [R, K], dw [K + 1, O]
 */
export function linearBackward(
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  dy: ArrayLike<number>,
  R: number,
  K: number,
  O: number,
): { dx: Float64Array; dw: Float64Array } {
  const dx = new Float64Array(R * K);
  const dw = new Float64Array((K + 1) * O);
  for (let r = 0; r < R; r++) {
    for (let o = 0; o < O; o++) {
      const d = dy[r * O + o];
      for (let k = 0; k < K; k++) {
        dx[r * K + k] += d * w[k * O + o];
        dw[k * O + o] += x[r * K + k] * d;
      }
      dw[K * O + o] += d;
    }
  }
  return { dx, dw };
}
