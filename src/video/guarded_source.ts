import { BlobSource } from "mediabunny";

/** The same bytes asked for so often without a pause are asked for for ever; whole files are read with a handful at most. */
const MOST_REPEATS = 10_000;

interface Reads {
  _read(start: number, end: number, ...range: unknown[]): unknown;
}

/**
 * A file for mediabunny that ends its endless loops. Where it looks for the next element of a damaged Matroska file and 8 bytes are
 * left, version 1.61.0 asks for those 8 again and again and never gives way: the worker would hang, and the page with it.
 * `_read` is its own affair, but every read goes through it; test/node/mutated.test.ts hangs where an update changes that.
 */
export function guardedSource(blob: Blob): BlobSource {
  const source = new BlobSource(blob);
  const reads = source as unknown as Reads;
  const read = reads._read.bind(source);
  let [from, to, repeats] = [-1, -1, 0];
  reads._read = (start, end, ...range) => {
    repeats = start === from && end === to ? repeats + 1 : 0;
    [from, to] = [start, end];
    if (repeats > MOST_REPEATS) throw new Error(`its structure leads nowhere at byte ${start}`);
    return read(start, end, ...range);
  };
  return source;
}
