/**
 * Number of tokens the motion mask keeps in each frame: k = max(1, round(ρ·S)), ρ as a fraction (METHOD.md section 3).
 * A clip of one frame keeps every token.
 */
export function keptPerFrame(rho: number, F: number, S: number): number {
  return F === 1 ? S : Math.max(1, Math.round(rho * S));
}

/**
 * Motion mask (METHOD.md eq. 12): per frame the k most salient tokens, ties to the lower index.
 * @param saliency [F, S]
 * @returns mask [F, S] of 0 and 1
 */
export function topMask(saliency: ArrayLike<number>, F: number, S: number, k: number): Uint32Array {
  const mask = new Uint32Array(F * S);
  for (let f = 0; f < F; f++) {
    const order = Array.from({ length: S }, (_, s) => s);
    order.sort((a, b) => saliency[f * S + b] - saliency[f * S + a] || a - b);
    for (const s of order.slice(0, k)) mask[f * S + s] = 1;
  }
  return mask;
}
