import { random } from "./random.ts";

/** Numbers that break sizes, counts and offsets, in the widths in which files write them. */
const AWKWARD = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 2 ** 53 - 1, 2 ** 53];

/** What one reader made of many broken inputs. */
export interface Fed {
  readonly inputs: number;
  /** Inputs that it refused with a sentence; the others it read. */
  readonly refused: number;
  readonly slowestMs: number;
  /** Which input that was. */
  readonly slowest: number;
  /** Memory of the process above what it was before, at its highest after an input. */
  readonly peakMb: number;
}

export interface Feeding {
  /** What inputs are made from. */
  readonly samples: readonly Uint8Array[];
  read(bytes: Uint8Array): unknown;
  /** Whether an error is the reader's own: written for whoever gave it the file. */
  sentence(error: unknown): boolean;
  readonly inputs: number;
  readonly seed: number;
  /** How many are under way at once: a reader that waits for the disk waits for many as long as for one. */
  readonly together?: number;
}

/** An input may take this long, in milliseconds: longer is called a hang. */
const HANG_MS = 10_000;

/**
 * Feeds a reader inputs that are samples with a few bytes changed, cut out, doubled or cut off.
 * @throws Error naming the seed and number of the first input that brings an error without a sentence, or hangs
 */
export async function feedMutated({ samples, read, sentence, inputs, seed, together = 1 }: Feeding): Promise<Fed> {
  const before = process.memoryUsage.rss();
  let [refused, slowestMs, slowest, peak, next] = [0, 0, 0, before, 0];
  const feedOne = async (i: number) => {
    const bytes = mutated(samples, seed + i);
    const started = performance.now();
    try {
      await within(HANG_MS, read(bytes));
    } catch (cause) {
      if (!sentence(cause)) throw new Error(`input ${i} of seed ${seed}: ${cause}`, { cause });
      refused++;
    }
    const ms = performance.now() - started;
    if (ms > slowestMs) [slowestMs, slowest] = [ms, i];
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  const mouths = Array.from({ length: together }, async () => {
    while (next < inputs) await feedOne(next++);
  });
  await Promise.all(mouths);
  // Many at once wait for one another: that input by itself.
  if (together > 1) slowestMs = await alone(mutated(samples, seed + slowest), read);
  return { inputs, refused, slowestMs: Math.round(slowestMs), slowest, peakMb: Math.round((peak - before) / 2 ** 20) };
}

async function alone(bytes: Uint8Array, read: Feeding["read"]): Promise<number> {
  const started = performance.now();
  await Promise.resolve(read(bytes)).catch(() => {});
  return performance.now() - started;
}

async function within<T>(ms: number, work: T): Promise<Awaited<T>> {
  if (!(work instanceof Promise)) return await work;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TypeError(`no answer after ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** One to six changes to one of the samples; the same seed gives the same bytes. */
export function mutated(samples: readonly Uint8Array[], seed: number): Uint8Array {
  const next = random(seed);
  const below = (bound: number) => Math.floor(next() * bound);
  const pick = () => samples[below(samples.length)];
  let bytes = Uint8Array.from(pick());
  for (let change = below(6); change >= 0; change--) {
    const at = below(bytes.length + 1);
    const length = 1 + below(Math.min(bytes.length - at, 64) || 1);
    const rest = bytes.subarray(at + length);
    switch (below(7)) {
      case 0:
        if (at < bytes.length) bytes[at] ^= 1 << below(8);
        break;
      case 1:
        if (at < bytes.length) bytes[at] = below(256);
        break;
      case 2:
        writeAwkward(bytes, at, AWKWARD[below(AWKWARD.length)], below(8));
        break;
      case 3:
        bytes = joined(bytes.subarray(0, at), rest);
        break;
      case 4:
        bytes = joined(bytes.subarray(0, at + length), bytes.subarray(at));
        break;
      case 5:
        bytes = joined(bytes.subarray(0, at), pick().subarray(0, below(256)), rest);
        break;
      default:
        bytes = bytes.slice(0, at);
    }
  }
  return bytes;
}

/** As text in decimal, or as 1, 2, 4 or 8 bytes of either order, as far as there is room. */
function writeAwkward(bytes: Uint8Array, at: number, value: number, form: number): void {
  const width = [1, 2, 4, 8][form % 4];
  if (form === 7) {
    const digits = new TextEncoder().encode(String(value));
    bytes.set(digits.subarray(0, Math.max(bytes.length - at, 0)), at);
    return;
  }
  for (let i = 0; i < width && at + i < bytes.length; i++) {
    const shift = form < 4 ? i : width - 1 - i;
    bytes[at + i] = Math.floor(value / 256 ** shift) % 256;
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
