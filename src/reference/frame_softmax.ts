/**
 * Tempered softmax over each row (docs/method.md eq. 8): p = exp(l / τ) / Σ exp(l / τ).
 * @param logits [rows, cols] where a row is one (query, frame) and its columns are the frame's positions
 * @returns probs [rows, cols]
 */
export function frameSoftmax(logits: ArrayLike<number>, rows: number, cols: number, tau: number): Float64Array {
  const probs = new Float64Array(rows * cols);
  for (let r = 0; r < rows; r++) {
    let peak = Number.NEGATIVE_INFINITY;
    for (let s = 0; s < cols; s++) peak = Math.max(peak, logits[r * cols + s]);
    let sum = 0;
    for (let s = 0; s < cols; s++) sum += Math.exp((logits[r * cols + s] - peak) / tau);
    for (let s = 0; s < cols; s++) probs[r * cols + s] = Math.exp((logits[r * cols + s] - peak) / tau) / sum;
  }
  return probs;
}
