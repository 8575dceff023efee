import { Random } from "./random.ts";

/** `length` standard normal numbers of a seed (Box–Muller). */
export const gaussianNoise = (length: number, seed: number): Float32Array => normals(length, new Random(seed >>> 0));

/** `length` standard normal numbers by a generator (Box–Muller). */
export function normals(length: number, random: Random): Float32Array {
  return Float32Array.from({ length }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
    return radius * Math.cos(2 * Math.PI * random.next());
  });
}
