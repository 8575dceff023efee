/**
 * Motion saliency (docs/method.md eq. 11): Δ[f, s] = ‖Y[f, s] − Y[f−1, s]‖₁; frame 0 takes the values of frame 1.
 * @param Y [F, S, D] pixels of each token in [0, 1]
 * @returns saliency [F, S]; all 0 when F = 1
 */
export function motionSaliency(Y: ArrayLike<number>, F: number, S: number, D: number): Float64Array {
  const saliency = new Float64Array(F * S);
  for (let f = 1; f < F; f++) {
    for (let s = 0; s < S; s++) {
      for (let d = 0; d < D; d++) {
        saliency[f * S + s] += Math.abs(Y[(f * S + s) * D + d] - Y[((f - 1) * S + s) * D + d]);
      }
    }
  }
  if (F > 1) saliency.copyWithin(0, S, 2 * S);
  return saliency;
}
