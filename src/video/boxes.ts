/** The boxes that an MP4 or MOV file is made of, as far as the demuxer does not tell what is in them. */

/** A box: its type and where its content lies in the file. */
export interface Box {
  readonly type: string;
  readonly start: number;
  /** At most its parent's end. */
  readonly end: number;
  /** Where it would end by its own size: past the file's end where that was cut off. */
  readonly promisedEnd: number;
}

/** No more are looked at: what is of interest comes early; a day in fragments has 200 000, garbage may have one in every 8 bytes. */
const MAX_BOXES = 256;

/** The first boxes of a file in order, or those within one of them. */
export async function boxesIn(blob: Blob, parent: { readonly start: number; readonly end: number }): Promise<Box[]> {
  const { start, end } = parent;
  const boxes: Box[] = [];
  for (let at = start; at + 8 <= end && boxes.length < MAX_BOXES; ) {
    const view = new DataView(await blob.slice(at, Math.min(at + 16, end)).arrayBuffer());
    const header = view.byteLength < 8 ? undefined : boxHeader(view, 0, end - at);
    if (!header) break;
    const promisedEnd = at + header.size;
    boxes.push({ type: header.type, start: at + header.headerBytes, end: Math.min(end, promisedEnd), promisedEnd });
    at = promisedEnd;
  }
  return boxes;
}

/** The header of the box at `at`, of which 8 bytes are there; undefined where its size is none. @param room bytes up to its parent's end */
export function boxHeader(view: DataView, at: number, room: number) {
  const short = view.getUint32(at);
  // 0: up to the end; 1: a size of 64 bits follows the type.
  const wide = short === 1 && at + 16 <= view.byteLength;
  const size = wide ? Number(view.getBigUint64(at + 8)) : short === 0 ? room : short;
  const headerBytes = wide ? 16 : 8;
  if (size < headerBytes) return undefined;
  const type = String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at + 4, 4));
  return { type, size, headerBytes };
}

export const topBoxes = (blob: Blob): Promise<Box[]> => boxesIn(blob, { start: 0, end: blob.size });
