/**
 * What the index of an MP4 or QuickTime file claims. mediabunny 1.61.0 takes some counts at their word: it makes an object of every
 * frame of a track whose frames are reordered and of every frame of a fragment, and adds up the sizes of all frames that share a
 * chunk. 16 damaged bytes can claim 4 billion of them, and nothing is read meanwhile that could be refused. Therefore the claims are
 * looked at before it sees them.
 */
import { boxHeader } from "./boxes.ts";

/** Boxes that hold boxes. In a damaged file they stand anywhere, and mediabunny looks into them anywhere. */
const HOLDS_BOXES: readonly string[] = ["trak", "mdia", "minf", "stbl", "dinf", "edts", "udta", "moof", "traf"];
/** Real ones stand 6 deep in each other. */
const MOST_DEEP = 32;
/** Fragments last for seconds: a million frames are 5 s of sound at 192 kHz. */
const MOST_IN_FRAGMENT = 1_000_000;

/** How many frames the tables of a track claim; tables of one kind add up, as they do in mediabunny. */
interface Track {
  durations: number;
  shifts: number;
  /** In its largest chunk. */
  inChunk: number;
  /** Sizes that are listed. One is the size of every frame, and then none are added up. */
  sizes: number;
}

const noTrack = (): Track => ({ durations: 0, shifts: 0, inChunk: 0, sizes: 0 });

/**
 * Checks the counts of an index.
 * @param index the content of a "moov" box, or a whole "moof" box
 * @param most as many frames fit into the file
 * @throws Error whose words go on after "is damaged: "
 */
export function checkClaims(index: DataView, most: number): void {
  const outside = noTrack();
  checkBoxes(index, outside, most, 0);
  checkTrack(outside, most);
}

function checkBoxes(boxes: DataView, track: Track, most: number, depth: number): void {
  if (depth > MOST_DEEP) throw new Error(`its boxes stand more than ${MOST_DEEP} deep in each other`);
  for (let at = 0; at + 8 <= boxes.byteLength; ) {
    const header = boxHeader(boxes, at, boxes.byteLength - at);
    if (!header) break;
    const { type, size, headerBytes } = header;
    const content = tail(boxes, at + headerBytes);
    const held = new DataView(content.buffer, content.byteOffset, Math.min(size - headerBytes, content.byteLength));
    if (type === "trak") {
      const own = noTrack();
      checkBoxes(held, own, most, depth + 1);
      checkTrack(own, most);
    } else if (HOLDS_BOXES.includes(type)) checkBoxes(held, track, most, depth + 1);
    // Its boxes follow 4 bytes of version and flags, but in QuickTime.
    else if (type === "meta") checkBoxes(tail(held, number(held, 0) === 0 ? 4 : 0), track, most, depth + 1);
    // mediabunny reads as many rows as a table claims, past its end too.
    else checkTable(type, content, track, most);
    at += size;
  }
}

function checkTable(type: string, table: DataView, track: Track, most: number): void {
  if (type === "stts") track.durations += sumOfRuns(table);
  if (type === "ctts") track.shifts += sumOfRuns(table);
  if (type === "stsc") track.inChunk = Math.max(track.inChunk, largestChunk(table));
  if (type === "stsz") track.sizes += number(table, 4) === 0 ? number(table, 8) : 1;
  if (type === "stz2") {
    track.sizes += number(table, 8);
    // Sizes of 0 bits need no bytes, so that any number of them can be claimed.
    refuseAbove(most, number(table, 8));
  }
  if (type === "trun") refuseAbove(Math.min(most, MOST_IN_FRAGMENT), number(table, 4));
  if (type === "keys") checkKeys(table);
}

/** Without shifts nothing is made of the frames one by one, and sound may have more of them than bytes. */
function checkTrack({ durations, shifts, inChunk, sizes }: Track, most: number): void {
  if (shifts > 0) refuseAbove(most, Math.max(durations, shifts));
  if (sizes !== 1) refuseAbove(most, inChunk);
}

function refuseAbove(most: number, frames: number): void {
  if (frames > most) throw new Error(`its index claims ${frames} frames, and ${most} are the most that it can have`);
}

/** Runs of frames of one duration each, or of one shift: version and flags, number of runs, then each run's count and value. */
function sumOfRuns(table: DataView): number {
  let sum = 0;
  for (let run = 0; run < rows(table, 8); run++) sum += number(table, 8 + 8 * run);
  return sum;
}

/** Runs of chunks: the run's first chunk, frames in each of its chunks, and a number that does not matter here. */
function largestChunk(table: DataView): number {
  let largest = 0;
  for (let run = 0; run < rows(table, 12); run++) largest = Math.max(largest, number(table, 12 + 12 * run));
  return largest;
}

/** Names of notes: each has its own size, of 8 bytes at least. One that claims less is read again and again. */
function checkKeys(table: DataView): void {
  const count = number(table, 4);
  for (let [key, at] = [0, 8]; key < count && at + 8 <= table.byteLength; key++) {
    const size = number(table, at);
    if (size < 8) throw new Error(`it has a note's name of ${size} bytes, and 8 are the least`);
    at += size;
  }
}

/** How many rows a table has by its own count, as far as it has bytes for them. */
const rows = (table: DataView, bytes: number): number =>
  Math.min(number(table, 4), Math.floor(Math.max(table.byteLength - 8, 0) / bytes));

/** Of 4 bytes; 0 where the box is too short for it. */
const number = (table: DataView, at: number): number => (at + 4 <= table.byteLength ? table.getUint32(at) : 0);

const tail = (view: DataView, at: number): DataView =>
  new DataView(view.buffer, view.byteOffset + Math.min(at, view.byteLength), Math.max(view.byteLength - at, 0));
