/**
 * y = x · W + b.
 * @param x [R, K], w [K, O], b [O]
 * @returns y [R, O]
 */
export function linear(
  x: ArrayLike<number>,
  { w, b }: Affine,
  { R, K, O }: { readonly R: number; readonly K: number; readonly O: number },
): Float64Array {
  const y = new Float64Array(R * O);
  for (let r = 0; r < R; r++) {
    for (let o = 0; o < O; o++) y[r * O + o] = b[o];
    for (let k = 0; k < K; k++) {
      for (let o = 0; o < O; o++) y[r * O + o] += x[r * K + k] * w[k * O + o];
    }
  }
  return y;
}

/** A weight and its bias. */
export interface Affine {
  readonly w: ArrayLike<number>;
  readonly b: ArrayLike<number>;
}

/**
 * dx = dy · Wᵀ, dW = xᵀ · dy, db = Σ_r dy.
 * @param x [R, K], w [K, O], dy [R, O]
 * @returns dx [R, K], dw [K, O], db [O]
 */
export function linearBackward(
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  dy: ArrayLike<number>,
  { R, K, O }: { readonly R: number; readonly K: number; readonly O: number },
): { dx: Float64Array; dw: Float64Array; db: Float64Array } {
  const dx = new Float64Array(R * K);
  const dw = new Float64Array(K * O);
  const db = new Float64Array(O);
  for (let r = 0; r < R; r++) {
    for (let o = 0; o < O; o++) {
      const d = dy[r * O + o];
      for (let k = 0; k < K; k++) {
        dx[r * K + k] += d * w[k * O + o];
        dw[k * O + o] += x[r * K + k] * d;
      }
      db[o] += d;
    }
  }
  return { dx, dw, db };
}
