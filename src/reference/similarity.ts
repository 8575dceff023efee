/**
 * Self-similarity of query rows with all tokens: R[q, j] = z[rows[q]] · z[j] (docs/method.md eq. 6).
 * @param z [N, C] unit rows
 * @param rows [Q] token indices
 * @returns R [Q, N]
 */
export function similarity(z: ArrayLike<number>, rows: ArrayLike<number>, N: number, C: number): Float64Array {
  const R = new Float64Array(rows.length * N);
  for (let q = 0; q < rows.length; q++) {
    for (let j = 0; j < N; j++) {
      let dot = 0;
      for (let c = 0; c < C; c++) dot += z[rows[q] * C + c] * z[j * C + c];
      R[q * N + j] = dot;
    }
  }
  return R;
}
