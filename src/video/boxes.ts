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
    const view = new DataView(await blob.slice(at, at + 16).arrayBuffer());
    if (view.byteLength < 8) break;
    const short = view.getUint32(0);
    // 0: up to the end; 1: a size of 64 bits follows the type.
    const wide = short === 1 && view.byteLength === 16;
    const size = wide ? Number(view.getBigUint64(8)) : short === 0 ? end - at : short;
    if (size < 8) break;
    const type = String.fromCharCode(...new Uint8Array(view.buffer, 4, 4));
    const promisedEnd = at + size;
    boxes.push({ type, start: at + (wide ? 16 : 8), end: Math.min(end, promisedEnd), promisedEnd });
    at = promisedEnd;
  }
  return boxes;
}

export const topBoxes = (blob: Blob): Promise<Box[]> => boxesIn(blob, { start: 0, end: blob.size });
