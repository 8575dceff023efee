/**
 * Expected position of each row under its tempered softmax, and its best match (ties to the lower index).
 * @param logits [rows, cols] where a row is one (query, frame) and its columns are the frame's positions, W to a line
 * @returns matches [rows, 3]: Σ p·row, Σ p·col, argmax
 */
export function softMatch(
  logits: ArrayLike<number>,
  { rows, cols, W, tau }: Readonly<Record<"rows" | "cols" | "W" | "tau", number>>,
): Float64Array {
  const matches = new Float64Array(rows * 3);
  for (let r = 0; r < rows; r++) {
    let best = 0;
    for (let s = 1; s < cols; s++) if (logits[r * cols + s] > logits[r * cols + best]) best = s;
    const peak = logits[r * cols + best];
    let sum = 0;
    let y = 0;
    let x = 0;
    for (let s = 0; s < cols; s++) {
      const weight = Math.exp((logits[r * cols + s] - peak) / tau);
      sum += weight;
      y += weight * Math.floor(s / W);
      x += weight * (s % W);
    }
    matches.set([y / sum, x / sum, best], r * 3);
  }
  return matches;
}
