/**
 * Feature maps to token rows: each token is the mean of pool×pool cells.
 * @param maps [B, C, pool·H, pool·W]
 * @returns tokens [B, H, W, C]
 */
export function poolTokens(
  maps: ArrayLike<number>,
  { B, C, H, W, pool }: Readonly<Record<"B" | "C" | "H" | "W" | "pool", number>>,
): Float64Array {
  const tokens = new Float64Array(B * H * W * C);
  const cols = W * pool;
  for (let b = 0; b < B; b++) {
    for (let c = 0; c < C; c++) {
      for (let y = 0; y < H * pool; y++) {
        for (let x = 0; x < cols; x++) {
          const token = (b * H + Math.floor(y / pool)) * W + Math.floor(x / pool);
          tokens[token * C + c] += maps[((b * C + c) * H * pool + y) * cols + x] / (pool * pool);
        }
      }
    }
  }
  return tokens;
}
