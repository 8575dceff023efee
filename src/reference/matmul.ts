/**
 * C = A · B.
 * @param A [M, K], B [K, N], row-major
 * @returns C [M, N]
 */
export function matmul(A: ArrayLike<number>, B: ArrayLike<number>, M: number, N: number, K: number): Float64Array {
  const C = new Float64Array(M * N);
  for (let m = 0; m < M; m++) {
    for (let k = 0; k < K; k++) {
      for (let n = 0; n < N; n++) C[m * N + n] += A[m * K + k] * B[k * N + n];
    }
  }
  return C;
}

/**
 * C = Aᵀ · B.
 * @param A [K, M], B [K, N], row-major
 * @returns C [M, N]
 */
export function matmulTn(A: ArrayLike<number>, B: ArrayLike<number>, M: number, N: number, K: number): Float64Array {
  const C = new Float64Array(M * N);
  for (let k = 0; k < K; k++) {
    for (let m = 0; m < M; m++) {
      for (let n = 0; n < N; n++) C[m * N + n] += A[k * M + m] * B[k * N + n];
    }
  }
  return C;
}
