/** What a brush does to a mask [F, H, W] of 0 and 1: each stroke makes a new one. */

interface Plane {
  readonly H: number;
  readonly W: number;
}

/** With a square of `size` tokens around one set or cleared, cut at the frame's edges. */
export function dabbed(
  mask: Uint8Array,
  { H, W }: Plane,
  [f, row, col]: readonly [frame: number, row: number, col: number],
  size: number,
  value: 0 | 1,
): Uint8Array<ArrayBuffer> {
  const out = Uint8Array.from(mask);
  const reach = (size - 1) / 2;
  for (let y = Math.max(0, row - reach); y <= Math.min(H - 1, row + reach); y++) {
    out.fill(value, (f * H + y) * W + Math.max(0, col - reach), (f * H + y) * W + Math.min(W, col + reach + 1));
  }
  return out;
}

/** With one frame's marks in every frame. */
export function spread(mask: Uint8Array, { H, W }: Plane, f: number): Uint8Array<ArrayBuffer> {
  const S = H * W;
  const frame = mask.slice(f * S, (f + 1) * S);
  return Uint8Array.from(mask, (_, i) => frame[i % S]);
}
