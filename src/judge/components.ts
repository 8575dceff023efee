/** Connected parts of a mask. */
import { CLIP } from "../world/types.ts";

const { size: SIZE } = CLIP;

/** Pixel indices of every part of a mask [64, 64], diagonal neighbours joined; parts of fewer than `least` pixels are noise. */
export function components(mask: Uint8Array, least: number): number[][] {
  const left = mask.slice();
  const parts: number[][] = [];
  for (let start = 0; start < left.length; start++) {
    if (!left[start]) continue;
    const part = [start];
    left[start] = 0;
    for (let next = 0; next < part.length; next++) {
      const [x, y] = [part[next] % SIZE, Math.floor(part[next] / SIZE)];
      for (let j = Math.max(0, y - 1); j <= Math.min(SIZE - 1, y + 1); j++) {
        for (let i = Math.max(0, x - 1); i <= Math.min(SIZE - 1, x + 1); i++) {
          if (!left[j * SIZE + i]) continue;
          left[j * SIZE + i] = 0;
          part.push(j * SIZE + i);
        }
      }
    }
    if (part.length >= least) parts.push(part);
  }
  return parts;
}
