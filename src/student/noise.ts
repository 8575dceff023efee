import { Random } from "./random.ts";

/** `length` standard normal numbers of a seed (Box–Muller). */
export function gaussianNoise(length: number, seed: number): Float32Array {
  const random = new Random(seed >>> 0);
  return Float32Array.from({ length }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
    return radius * Math.cos(2 * Math.PI * random.next());
  });
}
