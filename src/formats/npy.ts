/** NumPy's array file (.npy): a short header in Python's own words, then the numbers. It may also hold a pickle, which is never opened. */
import { toFloat32 } from "./half_floats.ts";

/** A JavaScript array of each of NumPy's kinds that is read here, by its `descr` without the byte order. */
const KINDS = {
  f8: Float64Array,
  f4: Float32Array,
  i8: BigInt64Array,
  i4: Int32Array,
  i2: Int16Array,
  i1: Int8Array,
  u8: BigUint64Array,
  u4: Uint32Array,
  u2: Uint16Array,
  u1: Uint8Array,
  b1: Uint8Array,
} as const;
type Kind = keyof typeof KINDS | "f2";

export interface NpyArray {
  readonly shape: readonly number[];
  /** As numbers; what is 64 bits wide and whole was rounded to the nearest double. */
  readonly data:
    | Float32Array
    | Float64Array
    | Int32Array
    | Int16Array
    | Int8Array
    | Uint32Array
    | Uint16Array
    | Uint8Array;
  /** b1: only 0 and 1. */
  readonly kind: string;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** Of the header: what NumPy writes has a hundred bytes, and what has much more is none of ours. */
const MAX_HEADER = 65536;

/** Bytes from an array's beginning that are sure to hold its header. */
export const HEADER_BYTES = 12 + MAX_HEADER;

interface Header {
  readonly shape: readonly number[];
  readonly descr: string;
  readonly kind: Kind;
  /** Where the numbers begin. */
  readonly start: number;
}

/**
 * Reads an array's header.
 * @param bytes `HEADER_BYTES` of the array, or all where it has fewer
 * @param name what the array is called in a sentence
 * @throws Error with one sentence where it is no array, an array of Python objects, or not of plain numbers in C order
 */
export function parseNpyHeader(bytes: Uint8Array<ArrayBuffer>, name: string): Header {
  if (bytes.length < 10 || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new Error(`array "${name}" is not in NumPy's .npy format: write it by np.savez or np.save`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[6] >= 2;
  const start = wide ? 12 : 10;
  const length = bytes.length < start ? MAX_HEADER : wide ? view.getUint32(8, true) : view.getUint16(8, true);
  if (length >= MAX_HEADER || start + length > bytes.length) {
    throw new Error(
      `array "${name}" has a header of ${length} bytes and ${bytes.length} in all: the file is cut short`,
    );
  }
  const header = new TextDecoder("latin1").decode(bytes.subarray(start, start + length));
  const descr = /'descr':\s*'([^']{1,20})'/.exec(header)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const sizes = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  if (descr === "|O" || descr === "O") {
    throw new Error(
      `array "${name}" holds Python objects, that is a pickle, which may run programs and is never opened here: save plain numbers, as in np.savez("tracks.npz", points=points, occluded=occluded)`,
    );
  }
  if (!descr || !order || sizes === undefined) {
    throw new Error(`array "${name}" has a header that is none of one plain array: ${header.trim().slice(0, 60)}`);
  }
  if (order === "True") throw new Error(`array "${name}" is in Fortran's order: write np.ascontiguousarray(${name})`);
  const kind = descr.slice(1);
  if (descr.startsWith(">"))
    throw new Error(`array "${name}" is ${descr}, big-endian: write ${name}.astype("<${kind}")`);
  if (!isKind(kind)) {
    throw new Error(`array "${name}" is of type ${descr.slice(0, 20)}: write numbers, as by ${name}.astype("float32")`);
  }
  const shape = sizes.split(",").flatMap((part) => (part.trim() === "" ? [] : [Number(part)]));
  return { shape, descr, kind, start: start + length };
}

/**
 * Reads one array.
 * @param name what the array is called in a sentence
 * @throws Error with one sentence where its header is refused, or it has not the bytes that its header tells of
 */
export function parseNpy(bytes: Uint8Array<ArrayBuffer>, name: string): NpyArray {
  const { shape, descr, kind, start } = parseNpyHeader(bytes, name);
  const count = shape.reduce((product, size) => product * size, 1);
  const needed = count * (kind === "f2" ? 2 : KINDS[kind].BYTES_PER_ELEMENT);
  const held = bytes.length - start;
  if (needed !== held) {
    throw new Error(
      `array "${name}" of ${descr} [${shape}] needs ${needed} bytes and has ${held}: the file is cut short`,
    );
  }
  return { shape, kind, data: numbersOf(kind, new Uint8Array(bytes.subarray(start)).buffer) };
}

const isKind = (kind: string): kind is Kind => kind === "f2" || Object.hasOwn(KINDS, kind);

function numbersOf(kind: Kind, buffer: ArrayBuffer): NpyArray["data"] {
  if (kind === "f2") return toFloat32("F16", buffer);
  const values = new KINDS[kind](buffer);
  return values instanceof BigInt64Array || values instanceof BigUint64Array
    ? Float64Array.from(values, Number)
    : values;
}
