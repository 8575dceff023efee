/**
 * How many frames the index of an MP4 or QuickTime file claims. mediabunny makes an object of every claimed frame of a track whose
 * frames are reordered, so that 16 damaged bytes of an index can claim 4 billion of them and end the browser's tab. Therefore the
 * claims are looked at first.
 */
import { type Box, boxesIn, topBoxes } from "./boxes.ts";

/** Boxes that hold boxes, on the way to the tables of frames. */
const ON_THE_WAY: readonly string[] = ["moov", "trak", "mdia", "minf", "stbl"];
/** Runs of frames: of one duration each, and of one shift each. Without shifts nothing is made of the frames one by one. */
const [DURATIONS, SHIFTS] = ["stts", "ctts"];
/** A table's runs of 8 bytes; the longest films have some 100 000 that are not alike. */
const MOST_TABLE = 64 * 2 ** 20;

/** The largest number of frames that one table claims; 0 where the file has no such index. */
export async function claimedFrames(blob: Blob): Promise<number> {
  return claims(blob, await topBoxes(blob));
}

async function claims(blob: Blob, boxes: readonly Box[]): Promise<number> {
  const shifted = boxes.some(({ type }) => type === SHIFTS);
  const found: number[] = [0];
  for (const box of boxes) {
    if (ON_THE_WAY.includes(box.type)) found.push(await claims(blob, await boxesIn(blob, box)));
    else if (shifted && (box.type === DURATIONS || box.type === SHIFTS)) found.push(await sumOfRuns(blob, box));
  }
  return Math.max(...found);
}

/** A table's sum of counts: version and flags, number of runs, then each run's count and value in 4 bytes. */
async function sumOfRuns(blob: Blob, { start, end }: Box): Promise<number> {
  const view = new DataView(await blob.slice(start, Math.min(end, start + MOST_TABLE)).arrayBuffer());
  if (view.byteLength < 8) return 0;
  const runs = Math.min(view.getUint32(4), Math.floor((view.byteLength - 8) / 8));
  let sum = 0;
  for (let run = 0; run < runs; run++) sum += view.getUint32(8 + 8 * run);
  return sum;
}
