import type { Gpu } from "./gpu.ts";

/** Median, least and spread (interquartile range over median) of a series of times in milliseconds. */
export interface Timing {
  readonly median: number;
  readonly min: number;
  readonly spread: number;
  readonly runs: number;
}

/** Summarises times; the median, because on a shared machine the mean measures the neighbours. */
export function summariseTimes(times: readonly number[]): Timing {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  // Of an even number the mean of the two in the middle: of two runs the upper one would be the slowest.
  const median = (at(0.5) + sorted[Math.ceil(sorted.length / 2) - 1]) / 2;
  // Below what the clock can tell there is nothing to be a share of.
  const spread = median > 0 ? (at(0.75) - at(0.25)) / median : 0;
  return { median, min: sorted[0], spread, runs: sorted.length };
}

/** GFLOP/s of so many operations in so many milliseconds; null where the clock could not tell the time. */
export const gflopsOf = (flop: number, ms: number): number | null => (ms > 0 ? flop / ms / 1e6 : null);

/** Chrome shows a page the times of a GPU in steps of 65 536 ns: what takes less takes none, or a whole step. */
const CLOCK_STEP_MS = 0.065_536;
/** A pass that lasts this many steps is known to 5 %. */
const LEAST_MS = 20 * CLOCK_STEP_MS;
/** Where a clock always says 0 there is an end to it, by number and by the wall clock: a GPU must not be held for seconds. */
const MOST_REPEATS = 2048;
const MOST_WALL_MS = 500;

/**
 * How often each piece of work is to be recorded in a pass of its own so that a coarse clock can tell its time. Work that lasts long
 * enough is recorded once.
 * @param time milliseconds of a pass of each, recorded so often
 */
export async function settleRepeats(
  count: number,
  time: (repeats: readonly number[]) => Promise<readonly number[]>,
): Promise<readonly number[]> {
  let repeats: readonly number[] = Array.from({ length: count }, () => 1);
  // The first time is the compiler's.
  await time(repeats);
  for (;;) {
    const started = performance.now();
    const passes = await time(repeats);
    if (performance.now() - started > MOST_WALL_MS) return repeats;
    const grown = repeats.map((n, i) => {
      if (passes[i] >= LEAST_MS) return n;
      const factor = (1.2 * LEAST_MS) / Math.max(passes[i], CLOCK_STEP_MS);
      return Math.min(Math.ceil(n * Math.max(factor, 2)), MOST_REPEATS);
    });
    if (grown.every((n, i) => n === repeats[i])) return repeats;
    repeats = grown;
  }
}

/** Whether the adapter tells the times of its passes itself. */
export const hasTimestamps = ({ device }: Gpu): boolean => device.features.has("timestamp-query");

/** Times of the given passes in milliseconds, one submit, from the adapter's timestamps; in a page they come in `CLOCK_STEP_MS`. */
export async function timePasses(
  gpu: Gpu,
  passes: readonly ((pass: GPUComputePassEncoder) => void)[],
): Promise<number[]> {
  const { device, buffers } = gpu;
  const bytes = 16 * passes.length;
  const querySet = device.createQuerySet({ label: "timing", type: "timestamp", count: 2 * passes.length });
  const resolved = buffers.create("timing", bytes, GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC);
  const staging = buffers.create("timing staging", bytes, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
  try {
    const encoder = device.createCommandEncoder({ label: "timing" });
    passes.forEach((record, i) => {
      const timestampWrites = { querySet, beginningOfPassWriteIndex: 2 * i, endOfPassWriteIndex: 2 * i + 1 };
      const pass = encoder.beginComputePass({ timestampWrites });
      record(pass);
      pass.end();
    });
    encoder.resolveQuerySet(querySet, 0, 2 * passes.length, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, bytes);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const stamps = new BigUint64Array(staging.getMappedRange());
    return passes.map((_, i) => Number(stamps[2 * i + 1] - stamps[2 * i]) / 1e6);
  } finally {
    querySet.destroy();
    buffers.destroy(resolved);
    buffers.destroy(staging);
  }
}

/** Milliseconds of the wall clock from submitting what `record` encodes until it is done. */
export async function timeSubmit(gpu: Gpu, record: (encoder: GPUCommandEncoder) => void): Promise<number> {
  const { device } = gpu;
  await device.queue.onSubmittedWorkDone();
  const started = performance.now();
  const encoder = device.createCommandEncoder({ label: "timing" });
  record(encoder);
  device.queue.submit([encoder.finish()]);
  await device.queue.onSubmittedWorkDone();
  return performance.now() - started;
}
