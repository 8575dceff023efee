/**
 * Row statistics of the tempered softmax: lse[f, q] = log Σ_s exp(R[fS+s, q] / τ), so that log p = R/τ − lse.
 * @param R [F·S, Q] similarities, key-major
 * @returns lse [F, Q]
 */
export function frameLse(R: ArrayLike<number>, F: number, S: number, Q: number, tau: number): Float64Array {
  const lse = new Float64Array(F * Q);
  for (let f = 0; f < F; f++) {
    for (let q = 0; q < Q; q++) {
      let peak = Number.NEGATIVE_INFINITY;
      for (let s = 0; s < S; s++) peak = Math.max(peak, R[(f * S + s) * Q + q]);
      let sum = 0;
      for (let s = 0; s < S; s++) sum += Math.exp((R[(f * S + s) * Q + q] - peak) / tau);
      lse[f * Q + q] = peak / tau + Math.log(sum);
    }
  }
  return lse;
}
