/** The kinds of number that features may have in a file. */
export const FLOAT_DTYPES = ["F32", "F16", "BF16"] as const;
export type FloatDtype = (typeof FLOAT_DTYPES)[number];

export const isFloatDtype = (dtype: string): dtype is FloatDtype => FLOAT_DTYPES.some((known) => known === dtype);

/** A tensor's bytes as float32, which holds every F16 and BF16 exactly. F32 is the same memory, bit for bit. */
export function toFloat32(dtype: FloatDtype, bytes: ArrayBuffer): Float32Array<ArrayBuffer> {
  if (dtype === "F32") return new Float32Array(bytes);
  const halves = new Uint16Array(bytes);
  const bits = new Uint32Array(halves.length);
  if (dtype === "BF16") for (let i = 0; i < halves.length; i++) bits[i] = halves[i] << 16;
  else {
    const table = halfTable();
    for (let i = 0; i < halves.length; i++) bits[i] = table[halves[i]];
  }
  return new Float32Array(bits.buffer);
}

/** The float32 bits of every F16: looked up, since not every browser has a Float16Array. */
function halfTable(): Uint32Array {
  const value = new Float32Array(1);
  const asBits = new Uint32Array(value.buffer);
  return Uint32Array.from({ length: 65536 }, (_, half) => {
    const [sign, exponent, fraction] = [(half & 0x8000) << 16, (half >> 10) & 31, half & 1023];
    if (exponent === 31) return sign | 0x7f800000 | (fraction << 13);
    if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
    // Below the normal numbers: whole multiples of 2^-24.
    value[0] = fraction * 2 ** -24;
    return sign | asBits[0];
  });
}
