import { type EncodedPacket, EncodedPacketSink, type InputVideoTrack } from "mediabunny";
import type { Edit } from "./edit_list.ts";
import { mostFrames } from "./guarded_source.ts";
import { damaged } from "./unreadable.ts";

/** H.264 and H.265 hold back at most 16 frames: no more than that many may be decoded before one that is shown earlier. */
const MAX_REORDERED = 16;
/** Matroska rounds times to whole milliseconds, so a frame meant for the window's end may be written half of one earlier. */
const TIME_TOLERANCE_S = 0.0006;

/** A frame of the file. */
export interface ListedFrame {
  /** In presentation order, from 0, among the frames that are shown: as ffmpeg and OpenCV count them. */
  readonly index: number;
  /** From the clip's first frame. */
  readonly timeS: number;
  /** As the container counts it. */
  readonly timestamp: number;
}

interface FileSize {
  readonly name: string;
  readonly bytes: number;
}

/**
 * The frames of a track in presentation order, read from the packets' metadata only, as far into the file as was asked for so
 * far. What ffmpeg and the browser's player leave out is not among them: frames outside the edit list, and those before the first
 * key frame, which refer to frames that were cut away (an "open GOP"). Reading throws a VideoError where a damaged file never ends.
 */
export class FrameList {
  readonly #sink: EncodedPacketSink;
  readonly #edit: Edit | undefined;
  /** Of the track's times, which are whole multiples of one over it. */
  readonly #ticksPerSecond: number;
  readonly #file: FileSize;
  #packets = 0;
  #timestamps: number[] = [];
  #last: EncodedPacket | null = null;
  #firstKey: EncodedPacket | null = null;
  #undecodable = 0;
  #ended = false;
  /** Two requests at once would both read on from the same packet. */
  #reading: Promise<unknown> = Promise.resolve();

  constructor(track: InputVideoTrack, edit: Edit | undefined, ticksPerSecond: number, file: FileSize) {
    this.#file = file;
    this.#sink = new EncodedPacketSink(track);
    this.#edit = edit;
    this.#ticksPerSecond = ticksPerSecond;
  }

  /** The frames with startS ≤ timeS < endS. Reads no further than that, but for the few packets that B-frames reorder. */
  async within(startS: number, endS: number): Promise<ListedFrame[]> {
    await this.#read((timestamps, first) => countFrom(timestamps, first + endS - TIME_TOLERANCE_S) > MAX_REORDERED);
    const [first] = this.#timestamps;
    return this.#timestamps
      .map((timestamp, index) => ({ index, timestamp, timeS: Math.round((timestamp - first) * 1e6) / 1e6 }))
      .filter(({ timeS }) => timeS >= startS - TIME_TOLERANCE_S && timeS < endS - TIME_TOLERANCE_S);
  }

  /** The timestamp of the clip's first frame, how many frames it has, counted to 2, and how many before them cannot be decoded. */
  async start(): Promise<{ readonly timestamp: number; readonly frames: 0 | 1 | 2; readonly undecodable: number }> {
    await this.#read((timestamps) => timestamps.length > MAX_REORDERED);
    const count = this.#timestamps.length;
    const frames = count >= 2 ? 2 : count === 1 ? 1 : 0;
    return { timestamp: this.#timestamps[0] ?? 0, frames, undecodable: this.#undecodable };
  }

  /** When the last frame ends. In a WebM that a browser recorded it has no duration of its own: then `usualDurationS`. */
  async endTimestamp(usualDurationS: number): Promise<number> {
    const last = await this.#sink.getPacket(Number.POSITIVE_INFINITY, { metadataOnly: true });
    const endS = last ? last.timestamp + (last.duration || usualDurationS) : 0;
    return Math.min(endS, this.#edit?.endS ?? endS);
  }

  /** How many of `frames`, from the first on, have their data in the file. Reads that data. */
  async countReadable(frames: readonly ListedFrame[]): Promise<number> {
    for (const [count, { timestamp }] of frames.entries()) {
      const packet = await this.#sink.getPacket(timestamp).catch(() => null);
      if (!packet) return count;
    }
    return frames.length;
  }

  #read(enough: (timestamps: readonly number[], first: number) => boolean): Promise<void> {
    const read = this.#reading.then(() => this.#readUntil(enough));
    this.#reading = read.catch(() => {});
    return read;
  }

  async #readUntil(enough: (timestamps: readonly number[], first: number) => boolean): Promise<void> {
    while (!this.#ended && !(this.#timestamps.length > 0 && enough(this.#timestamps, this.#timestamps[0]))) {
      const packet = this.#last
        ? await this.#sink.getNextPacket(this.#last, { metadataOnly: true })
        : await this.#sink.getFirstPacket({ metadataOnly: true });
      if (!packet) {
        this.#ended = true;
        return;
      }
      const { name, bytes } = this.#file;
      if (++this.#packets > mostFrames(bytes)) {
        throw damaged(name, `its frames never end: ${mostFrames(bytes)} are the most that it can have`);
      }
      this.#last = packet;
      if (packet.type === "key") this.#firstKey ??= packet;
      if (!this.#isShown(packet)) continue;
      if (this.#firstKey && packet.timestamp >= this.#firstKey.timestamp) insert(this.#timestamps, packet.timestamp);
      else this.#undecodable++;
    }
  }

  /** Whether a frame is within the edit: it starts there, in whole ticks, as ffmpeg has it. Without one: it ends after time 0. */
  #isShown({ timestamp, duration }: EncodedPacket): boolean {
    if (!this.#edit) return timestamp >= 0 || timestamp + duration > 1e-6;
    const ticks = (seconds: number) => Math.round(seconds * this.#ticksPerSecond);
    const start = ticks(this.#edit.startS);
    return ticks(timestamp) >= start && ticks(timestamp) < start + ticks(this.#edit.endS - this.#edit.startS);
  }
}

/** Inserts into an ascending list; packets are nearly in order, so the place is near the end. */
function insert(ascending: number[], value: number): void {
  let place = ascending.length;
  while (place > 0 && ascending[place - 1] > value) place--;
  ascending.splice(place, 0, value);
}

/** How many of an ascending list are at or past `value`, counted from its end to at most one more than may be reordered. */
function countFrom(ascending: readonly number[], value: number): number {
  let count = 0;
  while (count <= MAX_REORDERED && count < ascending.length && ascending[ascending.length - 1 - count] >= value)
    count++;
  return count;
}
