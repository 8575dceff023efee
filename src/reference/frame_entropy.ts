/**
 * Shannon entropy of each row in bits: −Σ p log2 p, with 0 log 0 = 0.
 * @param probs [rows, cols]
 * @returns entropy [rows], from 0 (one position) to log2(cols) (uniform)
 */
export function frameEntropy(probs: ArrayLike<number>, rows: number, cols: number): Float64Array {
  const entropy = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    for (let s = 0; s < cols; s++) {
      const p = probs[r * cols + s];
      if (p > 0) entropy[r] -= p * Math.log2(p);
    }
  }
  return entropy;
}
