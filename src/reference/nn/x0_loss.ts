/** B clips of `values` numbers each, of which the first `first` are not asked for where they were given. */
export interface X0Sizes {
  readonly B: number;
  readonly values: number;
  readonly first: number;
}

/**
 * weight[b] Σ (guess − x0)² over what was asked for, of each clip, and its gradient.
 * @param guess, x0 [B, values]; weight, given [B]
 */
export function x0Loss(
  guess: ArrayLike<number>,
  { x0, weight, given }: Readonly<Record<"x0" | "weight" | "given", ArrayLike<number>>>,
  { B, values, first }: X0Sizes,
): { clips: Float64Array; d: Float64Array } {
  const [clips, d] = [new Float64Array(B), new Float64Array(B * values)];
  for (let b = 0; b < B; b++) {
    for (let i = given[b] ? first : 0; i < values; i++) {
      const error = guess[b * values + i] - x0[b * values + i];
      clips[b] += weight[b] * error ** 2;
      d[b * values + i] = 2 * weight[b] * error;
    }
  }
  return { clips, d };
}
