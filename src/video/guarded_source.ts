import { BlobSource } from "mediabunny";
import { checkClaims } from "./mp4_claims.ts";
import { damaged, reason } from "./unreadable.ts";

/** A place that is read so often without a pause is read for ever: of whole files no place is read more than 6 times. */
const MOST_REPEATS = 1000;
/**
 * Reads without a pause: so many are always allowed, and one more for each byte up to a number that takes some 10 s. A recording of 20
 * minutes whose parts do not say how long they are takes 200 000, and no place more than a few times.
 */
const FREE_READS = 100_000;
const MOST_READS = 8_000_000;
/** Opening a file fetches less than twice its bytes; more than so many times, and so many bytes, it goes in circles. */
const MOST_PASSES = 16;
const FREE_BYTES = 64 * 2 ** 20;
/** A day at 100 frames a second: an index is held in memory, frame by frame. */
const MOST_FRAMES = 8_640_000;

/** As many frames can a file of so many bytes have: each takes a byte at least. */
export const mostFrames = (bytes: number): number => Math.min(bytes, MOST_FRAMES);

/** Types of boxes. */
const [MOVIE, FRAGMENT] = [0x6d6f6f76, 0x6d6f6f66];

/** What a read gives: bytes of the file from `offset` on, those that were asked for among them. */
interface Part {
  readonly view: DataView;
  readonly offset: number;
}
type MaybePart = Part | null | undefined;

interface Reads {
  _read(start: number, end: number, ...range: unknown[]): MaybePart | Promise<MaybePart>;
}

/** `opened` is to be called when the file has been opened. */
interface GuardedSource {
  readonly source: BlobSource;
  opened(): void;
}

/**
 * A file for mediabunny that ends what a damaged file brings it to. Version 1.61.0 has loops that ask for the same few bytes for ever
 * (it looks for a Matroska file's next element where 8 bytes are left; it goes on at an element of a size that cannot be read) and
 * never give way: the worker would hang, and the page with it. And it has loops that an index alone makes endless: mp4_claims.ts.
 * A read that belongs to either gets a VideoError. `_read` is mediabunny's own affair, but every read goes through it;
 * test/node/mutated.test.ts hangs where an update changes that.
 */
export function guardedSource(blob: Blob, name: string): GuardedSource {
  const source = new BlobSource(blob);
  const inner = source as unknown as Reads;
  const read = inner._read.bind(source);
  /** Reads without a pause, and those of the place that is watched; bytes fetched while opening; where a movie's index begins. */
  let [reads, watched, repeats, fetched, movie] = [0, -1, 0, 0, -1];
  const stopCounting = source.on("read", ({ start, end }) => {
    fetched += end - start;
  });

  const mostReads = Math.min(FREE_READS + blob.size, MOST_READS);
  const mostFetched = FREE_BYTES + MOST_PASSES * blob.size;
  const refuseEndless = (at: number) => {
    if (reads++ === 0) {
      setTimeout(() => {
        reads = 0;
      });
    }
    // A place is watched for as many reads as there were before: so a circle of any length gets one of its places watched.
    if (Number.isInteger(Math.log2(reads))) [watched, repeats] = [at, 0];
    if (at === watched) repeats++;
    if (repeats > MOST_REPEATS || reads > mostReads || fetched > mostFetched) {
      throw damaged(name, `its structure leads in circles at byte ${at}`);
    }
  };
  /** An index comes whole, but a movie's without its header, which was read before. */
  const check = (part: MaybePart, start: number, end: number) => {
    if (!part || end - start < 8) return part;
    const { view, offset } = part;
    const type = view.getUint32(start - offset + 4);
    if (type === MOVIE) movie = start + (view.getUint32(start - offset) === 1 ? 16 : 8);
    if (start === movie || type === FRAGMENT) {
      try {
        checkClaims(new DataView(view.buffer, view.byteOffset + start - offset, end - start), mostFrames(blob.size));
      } catch (cause) {
        throw damaged(name, reason(cause));
      }
    }
    return part;
  };
  inner._read = (start, end, ...range) => {
    refuseEndless(start);
    const part = read(start, end, ...range);
    return part instanceof Promise ? part.then((late) => check(late, start, end)) : check(part, start, end);
  };
  return { source, opened: stopCounting };
}
