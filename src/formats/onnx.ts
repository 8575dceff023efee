/**
 * What an ONNX file says of itself: inputs, outputs, metadata, its operators and where its weights are. A reader of protocol buffers,
 * of the few fields that are needed; weights are passed over. Everything that such a file can get wrong is an Error of one sentence.
 */

/** A side that the file gives as a name instead of a number is null. */
export interface OnnxValue {
  readonly name: string;
  /** ONNX's number of the type: 1 is float32. */
  readonly type: number;
  readonly dims: readonly (number | null)[];
}

export interface OnnxNode {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Whole numbers of its attributes. */
  readonly ints: Readonly<Record<string, readonly number[]>>;
}

export interface OnnxFile {
  /** Without those that the file has a value for. */
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly nodes: readonly OnnxNode[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Names of the files beside it that hold weights. */
  readonly external: readonly string[];
}

/** Float32, the one type of frames and features that is taken. */
export const FLOAT = 1;
/** Names of ONNX's types, by their numbers. */
const TYPES = [
  "undefined",
  "float32",
  "uint8",
  "int8",
  "uint16",
  "int16",
  "int32",
  "int64",
  "string",
  "bool",
  "float16",
  "double",
];
export const typeName = (type: number): string => TYPES[type] ?? `type ${type}`;

type Field = readonly [number: number, value: number, bytes: Uint8Array];

const NONE = new Uint8Array();

/** @throws Error with one sentence where it is no ONNX file */
export function readOnnx(bytes: Uint8Array): OnnxFile {
  try {
    return modelOf(bytes);
  } catch (cause) {
    throw new Error(
      `this is no ONNX file, or it is cut short (${cause instanceof Error ? cause.message : cause}): export the model again, as by torch.onnx.export`,
      { cause },
    );
  }
}

function modelOf(bytes: Uint8Array): OnnxFile {
  const model = [...fieldsOf(bytes)];
  const graph = bytesOf(model, 7);
  if (!graph) throw new RangeError("it has no graph");
  const metadata = Object.fromEntries(model.filter(([number]) => number === 14).map(([, , entry]) => pairOf(entry)));
  const parts = [...fieldsOf(graph)];
  const all = (number: number) => parts.filter((part) => part[0] === number).map((part) => part[2]);
  const weights = all(5).map(weightOf);
  const held = new Set(weights.map(({ name }) => name));
  return {
    inputs: all(11)
      .map(valueInfo)
      .filter(({ name }) => !held.has(name)),
    outputs: all(12).map(valueInfo),
    nodes: all(1).map(nodeOf),
    metadata,
    external: [...new Set(weights.flatMap(({ location }) => (location === null ? [] : [location])))],
  };
}

/** The fields of a message: varints as their value, the rest as their bytes. */
function* fieldsOf(bytes: Uint8Array): Generator<Field, void, undefined> {
  const cursor = { at: 0 };
  while (cursor.at < bytes.length) {
    const key = varint(bytes, cursor);
    const [number, wire] = [Math.floor(key / 8), key % 8];
    if (number === 0) throw new RangeError(`no field has number 0, at byte ${cursor.at}`);
    if (wire === 0) {
      yield [number, varint(bytes, cursor), NONE];
      continue;
    }
    const length = wire === 2 ? varint(bytes, cursor) : wire === 5 ? 4 : wire === 1 ? 8 : Number.NaN;
    const end = cursor.at + length;
    if (!(end <= bytes.length)) throw new RangeError(`a field ends at byte ${end} of ${bytes.length}`);
    yield [number, 0, bytes.subarray(cursor.at, end)];
    cursor.at = end;
  }
}

/** Exact up to 2^53; what is negative takes ten bytes and becomes larger than any size. */
function varint(bytes: Uint8Array, cursor: { at: number }): number {
  let value = 0;
  for (let scale = 1, i = 0; i < 10; i++, scale *= 128) {
    if (cursor.at >= bytes.length) throw new RangeError(`a number is cut off at byte ${bytes.length}`);
    const byte = bytes[cursor.at++];
    value += (byte & 127) * scale;
    if (byte < 128) return value;
  }
  throw new RangeError(`a number has more than ten bytes, at byte ${cursor.at}`);
}

const bytesOf = (fields: readonly Field[], number: number): Uint8Array | undefined =>
  fields.find((field) => field[0] === number)?.[2];
const textOf = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes ?? NONE);

function pairOf(entry: Uint8Array): readonly [string, string] {
  const fields = [...fieldsOf(entry)];
  return [textOf(bytesOf(fields, 1)), textOf(bytesOf(fields, 2))];
}

function weightOf(tensor: Uint8Array): { readonly name: string; readonly location: string | null } {
  const fields = [...fieldsOf(tensor)];
  const pairs = fields.filter(([number]) => number === 13).map(([, , entry]) => pairOf(entry));
  return { name: textOf(bytesOf(fields, 8)), location: pairs.find(([key]) => key === "location")?.[1] ?? null };
}

function valueInfo(info: Uint8Array): OnnxValue {
  const fields = [...fieldsOf(info)];
  const tensor = [...fieldsOf(bytesOf([...fieldsOf(bytesOf(fields, 2) ?? NONE)], 1) ?? NONE)];
  const shape = [...fieldsOf(bytesOf(tensor, 2) ?? NONE)];
  const dims = shape.map(([, , side]) => {
    const size = [...fieldsOf(side)].find(([number]) => number === 1)?.[1] ?? 0;
    return size > 0 && Number.isSafeInteger(size) ? size : null;
  });
  return { name: textOf(bytesOf(fields, 1)), type: tensor.find(([number]) => number === 1)?.[1] ?? 0, dims };
}

function nodeOf(node: Uint8Array): OnnxNode {
  const fields = [...fieldsOf(node)];
  const texts = (number: number) => fields.filter((field) => field[0] === number).map((field) => textOf(field[2]));
  const attributes = fields.filter(([number]) => number === 5).map(([, , attribute]) => intsOf(attribute));
  return {
    op: texts(4)[0] ?? "",
    domain: texts(7)[0] ?? "",
    inputs: texts(1),
    outputs: texts(2),
    ints: Object.fromEntries(attributes),
  };
}

/** An attribute's whole numbers, packed or one by one. */
function intsOf(attribute: Uint8Array): readonly [string, readonly number[]] {
  const fields = [...fieldsOf(attribute)];
  const ints = fields.flatMap(([number, value, bytes]) => {
    if (number !== 8) return [];
    if (bytes.length === 0) return [value];
    const packed: number[] = [];
    for (const cursor = { at: 0 }; cursor.at < bytes.length; ) packed.push(varint(bytes, cursor));
    return packed;
  });
  return [textOf(bytesOf(fields, 1)), ints];
}
