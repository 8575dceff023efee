/**
 * The safetensors file format: 8 bytes of header length (little endian), a JSON header, then the tensors' bytes.
 * Everything a stranger's file can get wrong is an Error of one sentence that names the tensor and both values.
 */

/**
 * The array each dtype is read into. Where JavaScript has none of its own the raw bits stay: F16 (not in every browser), BF16 and
 * the 8-bit floats. A BOOL is a byte, 0 or 1.
 */
const ARRAYS = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  F8_E4M3: Uint8Array,
  F8_E5M2: Uint8Array,
  F8_E8M0: Uint8Array,
  I64: BigInt64Array,
  I32: Int32Array,
  I16: Int16Array,
  I8: Int8Array,
  U64: BigUint64Array,
  U32: Uint32Array,
  U16: Uint16Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const;

export type Dtype = keyof typeof ARRAYS;
type ArrayOf<D extends Dtype> = InstanceType<(typeof ARRAYS)[D]>;
export type TensorData = ArrayOf<Dtype>;

/** A tensor to be written. */
export interface Tensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** A tensor of a file. `dtype` is what the file says: of one that is not known here, `data` is its bytes. */
export interface FileTensor extends Omit<Tensor, "dtype"> {
  readonly dtype: string;
}

export interface SafetensorsFile {
  readonly tensors: Map<string, FileTensor>;
  readonly metadata: Record<string, string>;
}

/** The format's own limit, which also keeps a broken length from allocating. */
const MAX_HEADER = 100_000_000;

/**
 * Reads a file. The data is copied into arrays of its own type, because offsets in the file need not be aligned; so this holds as
 * many bytes as the file, and the header's objects. A dtype is judged by `tensorOf`, where somebody wants that tensor.
 * @throws Error with one sentence when the file breaks the format
 */
export function parseSafetensors(bytes: Uint8Array): SafetensorsFile {
  const { length, dataStart } = headerPlace(bytes.subarray(0, 8), bytes.byteLength);
  const data = bytes.subarray(dataStart);
  const { places, metadata } = checkHeader(bytes.subarray(8, 8 + length), data.byteLength);
  const tensors = new Map<string, FileTensor>();
  for (const [name, { dtype, shape, begin, end }] of places) {
    const Values = isDtype(dtype) ? ARRAYS[dtype] : Uint8Array;
    tensors.set(name, { dtype, shape, data: new Values(copyOf(data.subarray(begin, end))) });
  }
  return { tensors, metadata };
}

/** A tensor of a file that is not in memory. */
export interface TensorPlace {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Its bytes in the file, `end` the first that is no longer its own. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, TensorPlace>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads what a file holds and where, and none of its data: a file of many layers may be larger than memory.
 * @throws Error with one sentence when the file breaks the format
 */
export async function readSafetensorsHeader(file: Blob): Promise<SafetensorsHeader> {
  const head = new Uint8Array(await file.slice(0, 8).arrayBuffer());
  const { length, dataStart } = headerPlace(head, file.size);
  const header = new Uint8Array(await file.slice(8, dataStart).arrayBuffer());
  const { places, metadata } = checkHeader(header.subarray(0, length), file.size - dataStart);
  const inFile = ([name, { begin, end, ...rest }]: [string, TensorPlace]) =>
    [name, { ...rest, begin: dataStart + begin, end: dataStart + end }] as const;
  return { tensors: new Map([...places].map(inFile)), metadata };
}

/** The names of the tensors that a file lists, whether or not their data is whole. @throws Error where it has no header */
export async function listedTensors(file: Blob): Promise<string[]> {
  const head = new Uint8Array(await file.slice(0, 8).arrayBuffer());
  const { dataStart } = headerPlace(head, file.size);
  return Object.keys(parseHeader(new Uint8Array(await file.slice(8, dataStart).arrayBuffer())));
}

/** @param head the first 8 bytes of the file, or fewer where it has no more */
function headerPlace(head: Uint8Array, fileBytes: number): { readonly length: number; readonly dataStart: number } {
  if (head.byteLength < 8) {
    throw new Error(`a safetensors file starts with 8 bytes of header length, this file has ${fileBytes} bytes`);
  }
  const length = new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true);
  const available = fileBytes - 8;
  if (length > BigInt(Math.min(available, MAX_HEADER))) {
    throw new Error(
      `the header claims ${length} bytes, longer than the ${available} bytes behind its length: truncated or not a safetensors file`,
    );
  }
  return { length: Number(length), dataStart: 8 + Number(length) };
}

/** The tensors by name, their bytes counted in the data, and the metadata. */
function checkHeader(header: Uint8Array, dataBytes: number) {
  const { __metadata__, ...entries } = parseHeader(header);
  const places = new Map<string, TensorPlace>();
  for (const [name, entry] of Object.entries(entries)) places.set(name, checkEntry(name, entry, dataBytes));
  checkSpans(places, dataBytes);
  return { places, metadata: checkMetadata(__metadata__) };
}

/**
 * A tensor that must be there, of this dtype and, where one is given, of this shape.
 * @throws Error with one sentence: what is missing and what the file holds, or both dtypes and shapes
 */
export function tensorOf<D extends Dtype>(
  { tensors }: Pick<SafetensorsFile, "tensors">,
  name: string,
  dtype: D,
  wanted?: readonly number[],
): { readonly shape: readonly number[]; readonly data: ArrayOf<D> } {
  const tensor = tensors.get(name);
  const must = wanted ? `${dtype} [${wanted}]` : dtype;
  if (!tensor) throw new Error(`the file has no tensor "${name}" of ${must}, it holds ${contentsOf(tensors)}`);
  const { shape, data } = tensor;
  if (tensor.dtype !== dtype || (wanted && shape.join() !== wanted.join())) {
    throw new Error(`tensor "${name}" must be ${must}, got ${brief(tensor.dtype)} ${shapeOf(shape)}`);
  }
  // The reader made the array by its dtype.
  return { shape, data: data as ArrayOf<D> };
}

/** What stands as JSON in a file's metadata. @throws Error with one sentence where it is missing or none */
export function jsonIn(metadata: Readonly<Record<string, string>>, key: string): unknown {
  try {
    return JSON.parse(metadata[key] ?? "");
  } catch (cause) {
    throw new Error(`the metadata's "${key}" is not JSON: the file was changed or cut short`, { cause });
  }
}

/** A model has hundreds of tensors: the first few names say what kind of file it is. */
function contentsOf(tensors: SafetensorsFile["tensors"]): string {
  const names = [...tensors.keys()];
  const [shown, left] = [names.slice(0, NAMED).map(brief), names.length - NAMED];
  if (names.length === 0) return "nothing";
  return left > 0 ? `${shown.join(", ")} and ${left} more` : shown.join(", ");
}
const NAMED = 4;

/**
 * Writes a file: tensors in the order given, the header padded with spaces so that the data starts at a multiple of 8.
 * @throws Error when a tensor's data is not of its dtype or does not fill its shape
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = metadata ? { __metadata__: metadata } : {};
  let offset = 0;
  for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
    if (name === "__metadata__") throw new Error(`"__metadata__" is the header's own key, not a tensor's name`);
    const Expected = ARRAYS[dtype];
    if (!Expected)
      throw new Error(`tensor "${name}" has dtype "${dtype}": use one of ${Object.keys(ARRAYS).join(", ")}`);
    if (!(data instanceof Expected)) {
      throw new Error(`tensor "${name}" is ${dtype}, which takes ${Expected.name}, got ${data.constructor.name}`);
    }
    const length = shape.reduce((product, size) => product * size, 1);
    if (length !== data.length) {
      throw new Error(`tensor "${name}" has shape [${shape}] = ${length} values, its data has ${data.length}`);
    }
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(json.byteLength / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(0x20, 8, 8 + headerLength);
  bytes.set(json, 8);
  let at = 8 + headerLength;
  for (const { data } of Object.values(tensors)) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/** Not `slice`: Node's Buffer overrides it to share the memory. */
const copyOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the header is not JSON: ${brief(why)}`, { cause });
  }
  if (!isRecord(header)) throw new Error("the header is not a JSON object");
  return header;
}

function checkEntry(name: string, entry: unknown, available: number) {
  const tensor = `tensor "${brief(name)}"`;
  if (!isRecord(entry)) throw new Error(`${tensor} is not described by a JSON object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== "string") throw new Error(`${tensor} has dtype ${inBrief(dtype)}, not a name`);
  if (!isSizes(shape)) throw new Error(`${tensor} has shape ${inBrief(shape)}, not a list of whole sizes`);
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw new Error(`${tensor} has offsets ${inBrief(offsets)}, not [begin, end] with begin ≤ end`);
  }
  const [begin, end] = offsets;
  if (end > available) {
    throw new Error(`${tensor} ends at byte ${end} of the data, which has ${available} bytes: the file is cut short`);
  }
  // How many bytes a value of another dtype takes is not known, some take less than one.
  if (isDtype(dtype)) {
    const needed = shape.reduce((product, size) => product * size, 1) * ARRAYS[dtype].BYTES_PER_ELEMENT;
    if (needed !== end - begin) {
      throw new Error(`${tensor} of ${dtype} ${shapeOf(shape)} needs ${needed} bytes, its offsets hold ${end - begin}`);
    }
  }
  return { dtype, shape, begin, end };
}

/** The tensors must tile the data without gap or overlap: what the format demands, and what catches a forged header. */
function checkSpans(places: ReadonlyMap<string, TensorPlace>, available: number): void {
  let at = 0;
  const inOrder = [...places].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  for (const [name, { begin, end }] of inOrder) {
    if (begin !== at)
      throw new Error(`tensor "${brief(name)}" begins at byte ${begin} of the data, expected ${at}: gap or overlap`);
    at = end;
  }
  if (at !== available) throw new Error(`the tensors fill ${at} bytes, the file holds ${available} bytes of data`);
}

function checkMetadata(metadata: unknown): Record<string, string> {
  if (metadata === undefined) return {};
  if (!isRecord(metadata)) throw new Error("__metadata__ is not a JSON object");
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== "string") throw new Error(`metadata "${brief(key)}" must be text, got ${inBrief(value)}`);
  }
  return metadata as Record<string, string>;
}

/** A stranger's text in a sentence: no longer than a line. */
const brief = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)} …` : text);

const shapeOf = (shape: readonly number[]): string => brief(`[${shape}]`);

/** A stranger's value in a sentence. */
function inBrief(value: unknown): string {
  try {
    return brief(JSON.stringify(value) ?? "undefined");
  } catch {
    // The parser goes as deep as the file, the printer only as deep as the stack.
    return "a value nested too deep to print";
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isDtype = (name: string): name is Dtype => Object.hasOwn(ARRAYS, name);

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
