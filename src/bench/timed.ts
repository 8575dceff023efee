import type { Gpu } from "../gpu/gpu.ts";
import { cutSteps, encodeSteps, type Step, submitFlop } from "../gpu/steps.ts";
import {
  gflopsOf,
  hasTimestamps,
  settleRepeats,
  summariseTimes,
  type Timing,
  timePasses,
  timeSubmit,
} from "../gpu/timing.ts";

/** One kernel of a step: all its dispatches together. */
export interface KernelResult {
  readonly kernel: string;
  readonly time: Timing;
  /** Of the products; elementwise kernels have none worth counting. null: the clock could not tell the time. */
  readonly gflops?: number | null;
}

export const kernelsOf = (steps: readonly Step[]) =>
  steps.flatMap((step) => (step.kind === "dispatch" ? [step.kernel] : []));

/** Each kernel of some steps by itself, all its dispatches together. */
export async function benchSteps(gpu: Gpu, steps: readonly Step[], runs: number): Promise<KernelResult[]> {
  const kernels = steps.filter((step) => step.kind === "dispatch");
  const perRun = await repeat(runs, await kernelTimer(gpu, kernelsOf(kernels)));
  const names = [...new Set(kernels.map(({ kernel }) => kernel.name))];
  return names.map((kernel) => {
    const own = kernels.flatMap((step, i) => (step.kernel.name === kernel ? [i] : []));
    const time = summariseTimes(perRun.map((times) => own.reduce((sum, i) => sum + times[i], 0)));
    const flop = own.reduce((sum, i) => sum + kernels[i].flop, 0);
    return { kernel, time, ...(isProduct(kernel) ? { gflops: gflopsOf(flop, time.median) } : {}) };
  });
}

type Kernels = readonly { record(pass: GPUComputePassEncoder): void }[];

/**
 * What times each kernel, in milliseconds, anew with every call. One that is over before a page's coarse clock moves is recorded
 * many times in its pass and gets its share.
 */
export async function kernelTimer(gpu: Gpu, kernels: Kernels): Promise<() => Promise<number[]>> {
  const time = (repeats: readonly number[]) => timeKernels(gpu, kernels, repeats);
  const repeats = await settleRepeats(kernels.length, time);
  return async () => (await time(repeats)).map((ms, i) => ms / repeats[i]);
}

/** Milliseconds of a pass of each kernel: by timestamps where the adapter has them, else by the wall clock of a submit each. */
async function timeKernels(gpu: Gpu, kernels: Kernels, repeats: readonly number[]): Promise<number[]> {
  const records = kernels.map((kernel, i) => (pass: GPUComputePassEncoder) => {
    for (let n = 0; n < repeats[i]; n++) kernel.record(pass);
  });
  if (hasTimestamps(gpu)) return timePasses(gpu, records);
  const times: number[] = [];
  for (const record of records) {
    times.push(
      await timeSubmit(gpu, (encoder) => {
        const pass = encoder.beginComputePass();
        record(pass);
        pass.end();
      }),
    );
  }
  return times;
}

/** Results of `runs` runs, after two to warm up. */
export async function repeat<T>(runs: number, once: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let run = 0; run < runs + 2; run++) {
    const result = await once();
    if (run >= 2) results.push(result);
  }
  return results;
}

const isProduct = (name: string) => name.startsWith("nn/product");

/** FLOP of the products among some steps: what a rate is counted by. */
export const productFlop = (steps: readonly Step[]): number =>
  steps.reduce((sum, step) => sum + (step.kind === "dispatch" && isProduct(step.kernel.name) ? step.flop : 0), 0);

/** Milliseconds of some steps by the clock, in as many submits as they take: handing them in and waiting for the end count too. */
export async function timeSteps(gpu: Gpu, steps: readonly Step[]): Promise<number> {
  let total = 0;
  for (const part of cutSteps(steps, submitFlop(gpu))) {
    total += await timeSubmit(gpu, (encoder) => encodeSteps(encoder, part));
  }
  return total;
}

/** Made-up features that are cheap to make and not alike. */
export const ramp = (length: number, step = 1): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(step * (i + 1) * 12.9898 + (i % 7)));
