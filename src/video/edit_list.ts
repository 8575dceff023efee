/**
 * The edit list of an MP4 or MOV: which part of a track is shown, and when. The demuxer shifts times by it but shows what lies
 * outside too; ffmpeg, OpenCV and Chromium's player leave that out, and so do we.
 */
import { type Box, boxesIn, topBoxes } from "./boxes.ts";

/** The part of a track that is shown, in seconds of the presentation. */
export interface Edit {
  readonly startS: number;
  readonly endS: number;
  /** How many edits follow this one: the demuxer cannot play them. */
  readonly others: number;
}

/** As much of a header or an edit list is read; real ones have tens of bytes. */
const MAX_BYTES = 4096;

/**
 * The first edit of a track. undefined where nothing is edited, and in fragmented files, where the list only shifts times: players
 * show what lies before it.
 */
export async function readEdit(blob: Blob, trackId: number): Promise<Edit | undefined> {
  const movie = (await topBoxes(blob)).find(({ type }) => type === "moov");
  if (!movie) return undefined;
  const boxes = await boxesIn(blob, movie);
  const header = boxes.find(({ type }) => type === "mvhd");
  if (!header || boxes.some(({ type }) => type === "mvex")) return undefined;
  const ticksPerSecond = await numberAfterTimes(blob, header);
  for (const track of boxes.filter(({ type }) => type === "trak")) {
    const parts = await boxesIn(blob, track);
    const trackHeader = parts.find(({ type }) => type === "tkhd");
    const edits = parts.find(({ type }) => type === "edts");
    if (!trackHeader || (await numberAfterTimes(blob, trackHeader)) !== trackId) continue;
    const list = edits && (await boxesIn(blob, edits)).find(({ type }) => type === "elst");
    return list && firstEdit(await content(blob, list), ticksPerSecond);
  }
  return undefined;
}

function firstEdit(view: DataView, ticksPerSecond: number): Edit | undefined {
  if (view.byteLength < 8 || !(ticksPerSecond > 0)) return undefined;
  const wide = view.getUint8(0) === 1;
  const entryBytes = wide ? 20 : 12;
  const count = Math.min(view.getUint32(4), Math.floor((view.byteLength - 8) / entryBytes));
  let startS = 0;
  for (let i = 0; i < count; i++) {
    const at = 8 + i * entryBytes;
    const durationS = (wide ? Number(view.getBigUint64(at)) : view.getUint32(at)) / ticksPerSecond;
    const mediaTime = wide ? Number(view.getBigInt64(at + 8)) : view.getInt32(at + 4);
    // A duration of 0 is written by those who do not know it yet.
    const endS = durationS > 0 ? startS + durationS : Number.POSITIVE_INFINITY;
    if (mediaTime !== -1) return { startS, endS, others: count - 1 - i };
    // An edit of nothing: the picture starts later than the file.
    startS += durationS;
  }
  return undefined;
}

/** The number that follows two times in a header: a movie's ticks per second, a track's id; NaN where the header is too short. */
async function numberAfterTimes(blob: Blob, box: Box): Promise<number> {
  const view = await content(blob, box);
  return view.byteLength < 24 ? Number.NaN : view.getUint32(view.getUint8(0) === 1 ? 20 : 12);
}

async function content(blob: Blob, { start, end }: Box): Promise<DataView> {
  return new DataView(await blob.slice(start, Math.min(end, start + MAX_BYTES)).arrayBuffer());
}
