/** NumPy's .npz: a zip of .npy arrays, stored or deflated. Only the arrays that are asked for are unpacked. */

import { HEADER_BYTES, type NpyArray, parseNpy, parseNpyHeader } from "./npy.ts";
import { MAX_BYTES } from "./read_bytes.ts";

/** Ends a zip: 22 bytes and a comment of at most 65535. */
const END = { signature: 0x06054b50, bytes: 22, comment: 65535 };
const ENTRY = { signature: 0x02014b50, bytes: 46 };
const LOCAL = { signature: 0x04034b50, bytes: 30 };
/** Says that a size stands elsewhere: of files over 4 GB. */
const ELSEWHERE = 0xffffffff;
/** By the zip's number of it. `most`: bytes that one packed byte can unpack to, at the limit of the format. */
const METHODS: Readonly<Record<number, { readonly deflated: boolean; readonly most: number }>> = {
  0: { deflated: false, most: 1 },
  8: { deflated: true, most: 1032 },
};

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly packed: number;
  readonly bytes: number;
  readonly at: number;
}

export interface Npz {
  /** Of the arrays, without ".npy". */
  readonly names: readonly string[];
  /** @throws Error with one sentence where there is no such array, or it is damaged, too large, or no plain numbers */
  read(name: string): Promise<NpyArray>;
  /** The sides of an array, of which no more is unpacked than its header. @throws as `read`, but for an array that is too large */
  shape(name: string): Promise<readonly number[]>;
}

/** Reads a file's list of arrays. @throws Error with one sentence where it is no such file */
export async function openNpz(file: Blob): Promise<Npz> {
  const entries = new Map(
    (await listed(file)).flatMap((entry) => (entry.name.endsWith(".npy") ? [[entry.name.slice(0, -4), entry]] : [])),
  );
  const find = (name: string) => {
    const entry = entries.get(name);
    if (!entry) throw new Error(`the file has no array "${name}", it holds ${namesOf(entries.keys())}`);
    return entry;
  };
  return {
    names: [...entries.keys()],
    async read(name) {
      const entry = find(name);
      if (entry.bytes > MAX_BYTES) throw tooLarge(entry);
      return parseNpy(await unpacked(file, entry, (stream) => filled(stream, entry.bytes)), name);
    },
    shape: async (name) =>
      parseNpyHeader(await unpacked(file, find(name), (stream) => begun(stream, HEADER_BYTES)), name).shape,
  };
}

/** Some of a stranger's names, in a sentence. */
export function namesOf(names: Iterable<string>): string {
  const all = [...names];
  if (all.length === 0) return "none";
  const shown = all.slice(0, 4).map((name) => `"${name.slice(0, 40)}"`);
  return `${shown.join(", ")}${all.length > 4 ? ` and ${all.length - 4} more` : ""}`;
}

const NO_ZIP = "the file is no .npz, which is a zip of arrays: write it by np.savez";

async function listed(file: Blob): Promise<Entry[]> {
  const tail = await viewOf(file, Math.max(0, file.size - END.bytes - END.comment), file.size);
  let end = tail.byteLength - END.bytes;
  while (end >= 0 && tail.getUint32(end, true) !== END.signature) end--;
  if (end < 0) throw new Error(NO_ZIP);
  const count = tail.getUint16(end + 10, true);
  const [bytes, start] = [tail.getUint32(end + 12, true), tail.getUint32(end + 16, true)];
  if (start + bytes > file.size)
    throw new Error("the list of arrays lies beyond the file's end: it is cut short, or over 4 GB");
  const list = await viewOf(file, start, start + bytes);
  const entries: Entry[] = [];
  for (let at = 0, i = 0; i < count; i++) {
    if (at + ENTRY.bytes > list.byteLength || list.getUint32(at, true) !== ENTRY.signature) throw new Error(NO_ZIP);
    const [name, extra, comment] = [28, 30, 32].map((place) => list.getUint16(at + place, true));
    if (at + ENTRY.bytes + name > list.byteLength) throw new Error(NO_ZIP);
    entries.push({
      name: new TextDecoder().decode(new Uint8Array(list.buffer, at + ENTRY.bytes, name)),
      method: list.getUint16(at + 10, true),
      packed: list.getUint32(at + 20, true),
      bytes: list.getUint32(at + 24, true),
      at: list.getUint32(at + 42, true),
    });
    at += ENTRY.bytes + name + extra + comment;
  }
  return entries;
}

const subject = ({ name }: Entry): string => `array "${name.slice(0, 40)}"`;

const tooLarge = (entry: Entry): Error =>
  new Error(`${subject(entry)} is over 2 GB: write a file with the frames of this clip alone`);

/** What is taken of an array's bytes. */
async function unpacked(
  file: Blob,
  entry: Entry,
  take: (stream: ReadableStream<Uint8Array>) => Promise<Uint8Array<ArrayBuffer>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { method, packed, bytes, at } = entry;
  const what = subject(entry);
  if ([packed, bytes, at].includes(ELSEWHERE)) throw tooLarge(entry);
  const form = METHODS[method];
  if (!form)
    throw new Error(
      `${what} is packed by method ${method}: np.savez stores and np.savez_compressed deflates, write it by one of these`,
    );
  const local = await viewOf(file, at, at + LOCAL.bytes);
  if (local.byteLength < LOCAL.bytes || local.getUint32(0, true) !== LOCAL.signature)
    throw new Error(`${what} is not where the file's list has it: the file is damaged`);
  const start = at + LOCAL.bytes + local.getUint16(26, true) + local.getUint16(28, true);
  const part = file.slice(start, start + packed);
  const cut = `${what} is damaged: it does not unpack to the ${bytes} bytes that the file's list has`;
  // Before there is room for as much as a damaged list claims.
  if (bytes > part.size * form.most) throw new Error(cut);
  const stream = form.deflated ? part.stream().pipeThrough(new DecompressionStream("deflate-raw")) : part.stream();
  return take(stream).catch((cause: unknown) => {
    throw new Error(cut, { cause });
  });
}

/** All of a stream, which must have exactly so many bytes: one that unpacks to more is stopped there. */
async function filled(stream: ReadableStream<Uint8Array>, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const all = new Uint8Array(bytes);
  const reader = stream.getReader();
  let at = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (at + value.length > bytes) {
      await reader.cancel();
      throw new RangeError(`more than ${bytes} bytes`);
    }
    all.set(value, at);
    at += value.length;
  }
  if (at !== bytes) throw new RangeError(`${at} of ${bytes} bytes`);
  return all;
}

/** The first `most` bytes of a stream, or all where it has fewer; the rest is not asked for. */
async function begun(stream: ReadableStream<Uint8Array>, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const all = new Uint8Array(most);
  const reader = stream.getReader();
  let at = 0;
  while (at < most) {
    const { done, value } = await reader.read();
    if (done) break;
    all.set(value.subarray(0, most - at), at);
    at += value.length;
  }
  await reader.cancel();
  return all.subarray(0, at);
}

const viewOf = async (file: Blob, begin: number, end: number): Promise<DataView<ArrayBuffer>> =>
  new DataView(await file.slice(begin, end).arrayBuffer());
