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
  const median = at(0.5);
  return { median, min: sorted[0], spread: (at(0.75) - at(0.25)) / median, runs: sorted.length };
}

/** Times of the given passes in milliseconds, one submit, from the adapter's timestamps. */
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
