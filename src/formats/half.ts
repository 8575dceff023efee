/** Numbers of 16 bits: what a network's features are kept in, at half the memory and 3 decimal digits. */

const bits = new Uint32Array(1);
const number = new Float32Array(bits.buffer);

/** Bits of the nearest float16 of each value, ties to even, as PyTorch and NumPy round; beyond 65504 it is infinity. */
export function toHalf(values: ArrayLike<number>): Uint16Array<ArrayBuffer> {
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) halves[i] = halfOf(values[i]);
  return halves;
}

function halfOf(value: number): number {
  number[0] = value;
  const x = bits[0];
  const sign = (x >>> 16) & 0x8000;
  const size = x & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00;
  // From here on the nearest float16 is infinity.
  if (size >= 0x477ff000) return sign | 0x7c00;
  // Below the least normal number float16 counts in steps of 2^-24, and so do 0.5 and what is a little above it in float32.
  if (size < 0x38800000) {
    number[0] = Math.abs(value) + 0.5;
    return sign | (bits[0] - 0x3f000000);
  }
  const odd = (size >>> 13) & 1;
  return sign | ((size - 0x38000000 + 0xfff + odd) >>> 13);
}

let table: Float32Array | undefined;

/** Writes the numbers that these bits are into `out`, from place `at` on. */
export function fromHalf(halves: Uint16Array, out: Float32Array, at = 0): void {
  table ??= Float32Array.from({ length: 1 << 16 }, (_, half) => numberOf(half));
  for (let i = 0; i < halves.length; i++) out[at + i] = table[halves[i]];
}

function numberOf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(half >>> 10) & 31, half & 0x3ff];
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
