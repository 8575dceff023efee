import type { Size } from "../types.ts";

/**
 * The mean of a flow over each token, [H·W, 2], each side scaled from the flow's pixels to another frame's.
 * @param flow [height, width, 2]
 */
export function tokenMeans(
  flow: Float32Array,
  { width, height }: Size,
  { H, W }: { readonly H: number; readonly W: number },
  [scaleX, scaleY]: readonly [number, number],
): Float32Array {
  const means = new Float32Array(2 * H * W);
  const counts = new Float32Array(H * W);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * H) / height) * W;
    for (let x = 0; x < width; x++) {
      const s = row + Math.floor((x * W) / width);
      means[2 * s] += flow[2 * (y * width + x)];
      means[2 * s + 1] += flow[2 * (y * width + x) + 1];
      counts[s]++;
    }
  }
  return means.map((sum, i) => (sum * (i % 2 === 0 ? scaleX : scaleY)) / counts[i >> 1]);
}
