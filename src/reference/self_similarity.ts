/**
 * Rectangle of the self-similarity, key-major as the GPU keeps it: R[j, q] = z_j · z_{queries[q]} (docs/method.md eq. 6).
 * @param z [N, C] unit rows
 * @param queries [Q] token indices
 * @returns R [N, Q]
 */
export function selfSimilarity(z: ArrayLike<number>, queries: ArrayLike<number>, N: number, C: number): Float64Array {
  const Q = queries.length;
  const R = new Float64Array(N * Q);
  for (let j = 0; j < N; j++) {
    for (let q = 0; q < Q; q++) {
      for (let c = 0; c < C; c++) R[j * Q + q] += z[j * C + c] * z[queries[q] * C + c];
    }
  }
  return R;
}

/**
 * Backward of `selfSimilarity` with respect to z: every R[j, q] touches token j as key and token queries[q] as query.
 * @param G [N, Q] ∂L/∂R
 * @returns dz [N, C]
 */
export function selfSimilarityBackward(
  G: ArrayLike<number>,
  z: ArrayLike<number>,
  queries: ArrayLike<number>,
  N: number,
  C: number,
): Float64Array {
  const Q = queries.length;
  const dz = new Float64Array(N * C);
  for (let j = 0; j < N; j++) {
    for (let q = 0; q < Q; q++) {
      for (let c = 0; c < C; c++) {
        dz[j * C + c] += G[j * Q + q] * z[queries[q] * C + c];
        dz[queries[q] * C + c] += G[j * Q + q] * z[j * C + c];
      }
    }
  }
  return dz;
}
