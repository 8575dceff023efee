/**
 * Backward of `l2Normalize` (docs/method.md section 2): dy_i = (dz_i − (dz_i · z_i) z_i) / norms_i.
 * Where the norm was clamped to eps the denominator is a constant, so the projection falls away: dy_i = dz_i / eps.
 * @param dz [N, C], z [N, C], norms [N]
 * @returns dy [N, C]
 */
export function l2NormalizeBackward(
  dz: ArrayLike<number>,
  z: ArrayLike<number>,
  norms: ArrayLike<number>,
  N: number,
  C: number,
  eps = 1e-6,
): Float64Array {
  const dy = new Float64Array(N * C);
  for (let i = 0; i < N; i++) {
    let along = 0;
    for (let c = 0; c < C; c++) along += dz[i * C + c] * z[i * C + c];
    if (!(norms[i] > eps)) along = 0;
    for (let c = 0; c < C; c++) dy[i * C + c] = (dz[i * C + c] - along * z[i * C + c]) / norms[i];
  }
  return dy;
}
