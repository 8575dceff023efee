/**
 * L2-normalises rows: norms_i = max(‖y_i‖, eps), z_i = y_i / norms_i (docs/method.md section 2).
 * @param y [N, C] raw features
 * @returns z [N, C] unit rows (a zero row stays zero), norms [N]
 */
export function l2Normalize(y: ArrayLike<number>, N: number, C: number, eps = 1e-6) {
  const z = new Float64Array(N * C);
  const norms = new Float64Array(N);
  for (let i = 0; i < N; i++) {
    let sum = 0;
    for (let c = 0; c < C; c++) sum += y[i * C + c] ** 2;
    norms[i] = Math.max(Math.sqrt(sum), eps);
    for (let c = 0; c < C; c++) z[i * C + c] = y[i * C + c] / norms[i];
  }
  return { z, norms };
}
