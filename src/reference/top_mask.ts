/**
 * Most tokens that the motion mask keeps in each frame: k = max(1, round(ρ·S)), ρ as a fraction (docs/method.md section 3).
 * A clip of one frame keeps every token.
 */
export function keptPerFrame(rho: number, F: number, S: number): number {
  return F === 1 ? S : Math.max(1, Math.round(rho * S));
}

/**
 * A position's place among equals, a bijection of u32 (lowbias32): the equals that are kept lie all over the frame, the same
 * ones in every frame.
 */
export function scattered(s: number): number {
  let x = (s + 1) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/**
 * Motion mask (docs/method.md eq. 12): per frame the k most salient tokens, equals in the order of `scattered`. A token that did
 * not change at all is never kept, so a frame may keep fewer than k, or none. A clip of one frame keeps every token.
 * @param saliency [F, S]
 * @returns mask [F, S] of 0 and 1
 */
export function topMask(saliency: ArrayLike<number>, F: number, S: number, k: number): Uint32Array {
  const mask = new Uint32Array(F * S);
  if (F === 1) return mask.fill(1);
  for (let f = 0; f < F; f++) {
    const order = Array.from({ length: S }, (_, s) => s);
    order.sort((a, b) => saliency[f * S + b] - saliency[f * S + a] || scattered(a) - scattered(b));
    for (const s of order.slice(0, k)) if (saliency[f * S + s] > 0) mask[f * S + s] = 1;
  }
  return mask;
}
