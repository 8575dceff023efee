import { topBoxes } from "./boxes.ts";

/**
 * How many bytes a file should have by what its own header says, where that is more than it has: it was cut off. Times do not tell:
 * Matroska has one duration for the file, and its sound may go on for longer than its pictures.
 */
export async function promisedBytes(blob: Blob, matroska: boolean): Promise<number | undefined> {
  const promised = matroska ? await segmentEnd(blob) : await mediaEnd(blob);
  return promised > blob.size ? promised : undefined;
}

/** Of an MP4 or MOV: the end of its media data. */
async function mediaEnd(blob: Blob): Promise<number> {
  const media = (await topBoxes(blob)).filter(({ type }) => type === "mdat");
  return Math.max(0, ...media.map(({ promisedEnd }) => promisedEnd));
}

/** Of a Matroska or WebM: the end of its one segment, 0 where its size is unknown, as in a stream. */
async function segmentEnd(blob: Blob): Promise<number> {
  const header = await element(blob, 0);
  const segment = header && (await element(blob, header.end));
  return segment && segment.id === 0x18538067 && Number.isFinite(segment.end) ? segment.end : 0;
}

/** An EBML element: a number of 1 to 4 bytes that says what it is, then one of 1 to 8 that says how long it is. */
async function element(blob: Blob, at: number): Promise<{ readonly id: number; readonly end: number } | undefined> {
  const bytes = new Uint8Array(await blob.slice(at, at + 12).arrayBuffer());
  const idBytes = Math.clz32(bytes[0]) - 23;
  const sizeBytes = Math.clz32(bytes[idBytes]) - 23;
  if (!(idBytes <= 4 && sizeBytes <= 8 && idBytes + sizeBytes <= bytes.length)) return undefined;
  const id = bytes.subarray(0, idBytes).reduce((value, byte) => value * 256 + byte, 0);
  const size = bytes.subarray(idBytes, idBytes + sizeBytes);
  const first = size[0] & (2 ** (8 - sizeBytes) - 1);
  const unknown = first === 2 ** (8 - sizeBytes) - 1 && size.subarray(1).every((byte) => byte === 255);
  const length = unknown
    ? Number.POSITIVE_INFINITY
    : size.subarray(1).reduce((value, byte) => value * 256 + byte, first);
  return { id, end: at + idBytes + sizeBytes + length };
}
