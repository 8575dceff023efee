import { AlignmentLoss } from "../alignment/alignment_loss.ts";
import type { LossForm, LossShape } from "../alignment/loss_config.ts";
import { LOSS_KINDS, type LossKind, TEMPERED_LOSSES, traitsOf } from "../alignment/losses.ts";
import { type Gpu, openScope } from "../gpu/gpu.ts";
import { cutSteps, encodeSteps, type Step, submitFlop } from "../gpu/steps.ts";
import { gflopsOf, settleRepeats, summariseTimes, type Timing, timePasses, timeSubmit } from "../gpu/timing.ts";
import { bindProduct } from "../kernels/product.ts";

export interface BenchOptions {
  readonly shape: LossShape;
  /** Timed runs of each thing, after two to warm up. */
  readonly runs: number;
  /** Edge of the matmul that gives the peak. */
  readonly peakEdge: number;
  /** Tokens a frame (S) of the scaling series, at the shape's F and C. */
  readonly scaling: readonly number[];
}

export const BENCH_DEFAULTS: BenchOptions = {
  shape: { B: 1, F: 8, S: 64, Ct: 192, Cs: 192 },
  runs: 11,
  peakEdge: 1024,
  scaling: [16, 32, 64, 128],
};

/** One kernel of a step: all its dispatches together. */
export interface KernelResult {
  readonly kernel: string;
  readonly time: Timing;
  /** Of the products; elementwise kernels have none worth counting. null: the clock could not tell the time. */
  readonly gflops?: number | null;
}

export interface LossBenchResult {
  readonly kind: LossKind;
  readonly form: LossForm;
  readonly shape: LossShape;
  readonly bytes: number;
  /** FLOP of the products really done, with the teacher kept and with nothing kept. */
  readonly flop: { readonly kept: number; readonly fresh: number };
  readonly kept: Timing;
  readonly fresh: Timing;
  /** Share of the measured matmul peak that the whole step with nothing kept reaches; null where the clock could not tell one of them. */
  readonly shareOfPeak: number | null;
  readonly kernels: readonly KernelResult[];
}

export interface BenchResult {
  readonly adapter: Gpu["adapter"];
  readonly peak: { readonly edge: number; readonly time: Timing; readonly gflops: number | null };
  readonly losses: readonly LossBenchResult[];
  readonly scaling: {
    readonly kind: LossKind;
    readonly points: readonly { N: number; ms: number }[];
    /** null where fewer than two times could be told. */
    readonly exponent: number | null;
  }[];
}

/** Every loss in its fastest form; tiled only those that carry statistics from one part to the next. */
const CASES: readonly (readonly [LossKind, LossForm])[] = [
  ...LOSS_KINDS.map((kind) => [kind, "stored"] as const),
  ...TEMPERED_LOSSES.map((kind) => [kind, "tiled"] as const),
];

/** Measures the matmul peak, every loss with its kernels, and the growth with N. Progress is a sentence and a share of 1. */
export async function runBench(
  gpu: Gpu,
  options: Partial<BenchOptions> = {},
  onProgress: (what: string, share: number) => void | Promise<void> = () => {},
): Promise<BenchResult> {
  const { shape, runs, peakEdge, scaling } = { ...BENCH_DEFAULTS, ...options };
  const total = CASES.length + 3;
  await onProgress(`matmul ${peakEdge}³`, 0);
  const peak = await benchPeak(gpu, peakEdge, runs);
  const losses: LossBenchResult[] = [];
  for (const [kind, form] of CASES) {
    await onProgress(`${kind} ${form}`, (losses.length + 1) / total);
    losses.push(await benchLoss(gpu, kind, form, shape, runs, peak.gflops));
  }
  const grown: BenchResult["scaling"][number][] = [];
  for (const kind of TEMPERED_LOSSES) {
    await onProgress(`${kind} against N`, (losses.length + 1 + grown.length) / total);
    const points: { N: number; ms: number }[] = [];
    for (const S of scaling) {
      const { loss, free } = await makeLoss(gpu, kind, "stored", { ...shape, S });
      const times = await repeat(runs, () => timeStep(gpu, loss, true));
      points.push({ N: shape.F * S, ms: summariseTimes(times).median });
      free();
    }
    grown.push({ kind, points, exponent: fitExponent(points) });
  }
  await onProgress("done", 1);
  return { adapter: gpu.adapter, peak, losses, scaling: grown };
}

/** Slope of log ms over log N by least squares, over the times that the clock could tell; null where they are fewer than two. */
export function fitExponent(points: readonly { readonly N: number; readonly ms: number }[]): number | null {
  const told = points.filter(({ ms }) => ms > 0);
  if (told.length < 2) return null;
  const xs = told.map(({ N }) => Math.log(N));
  const ys = told.map(({ ms }) => Math.log(ms));
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const [mx, my] = [mean(xs), mean(ys)];
  const over = xs.reduce((sum, x, i) => sum + (x - mx) * (ys[i] - my), 0);
  return over / xs.reduce((sum, x) => sum + (x - mx) ** 2, 0);
}

/** Our best f32 matmul: what everything else is a share of. */
export async function benchPeak(gpu: Gpu, edge: number, runs: number): Promise<BenchResult["peak"]> {
  const scope = openScope(gpu);
  const [A, B, C] = ["A", "B", "C"].map((name) => scope.buffers.upload(`bench ${name}`, ramp(edge * edge)));
  const square = { rows: edge, cols: edge, depth: edge, lda: edge, ldb: edge, ldc: edge };
  const flopPerSubmit = Number.POSITIVE_INFINITY;
  const kernels = kernelsOf(await bindProduct(scope, { form: "nn", A, B, C, ...square, flopPerSubmit }));
  const once = await kernelTimer(gpu, kernels);
  const times = await repeat(runs, async () => (await once())[0]);
  scope.destroy();
  const time = summariseTimes(times);
  return { edge, time, gflops: gflopsOf(2 * edge ** 3, time.median) };
}

/** One loss: whole steps with the teacher kept and with nothing kept, taken in turns, then (`eachKernel`) its kernels one by one. */
export async function benchLoss(
  gpu: Gpu,
  kind: LossKind,
  form: LossForm,
  shape: LossShape,
  runs: number,
  peakGflops: number | null,
  eachKernel = true,
): Promise<LossBenchResult> {
  const { loss, free } = await makeLoss(gpu, kind, form, shape);
  const steps = loss.steps();
  const flopOf = (steps: readonly Step[]) =>
    steps.reduce((sum, step) => sum + (step.kind === "dispatch" && isProduct(step.kernel.name) ? step.flop : 0), 0);
  const flop = { fresh: flopOf(steps), kept: flopOf(loss.steps()) };
  const [kept, fresh]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs + 2; run++) {
    const times = [await timeStep(gpu, loss, false), await timeStep(gpu, loss, true)];
    if (run < 2) continue;
    kept.push(times[0]);
    fresh.push(times[1]);
  }
  const kernels = eachKernel ? await benchSteps(gpu, steps, runs) : [];
  const { bytes } = loss;
  free();
  const timing = summariseTimes(fresh);
  const gflops = gflopsOf(flop.fresh, timing.median);
  const shareOfPeak = gflops !== null && peakGflops ? gflops / peakGflops : null;
  return { kind, form, shape, bytes, flop, kept: summariseTimes(kept), fresh: timing, shareOfPeak, kernels };
}

/** Milliseconds of one step, in as many submits as it takes; `fresh` takes the teacher's statistics again. */
export async function timeStep(gpu: Gpu, loss: AlignmentLoss, fresh: boolean): Promise<number> {
  if (fresh) loss.setTeacher();
  let total = 0;
  for (const part of cutSteps(loss.steps(), submitFlop(gpu))) {
    total += await timeSubmit(gpu, (encoder) => encodeSteps(encoder, part));
  }
  return total;
}

/** A loss over made-up features, and what frees it. A mask keeps 20 % of each frame. */
export async function makeLoss(gpu: Gpu, kind: LossKind, form: LossForm, shape: LossShape) {
  const { B, F, S, Ct, Cs } = shape;
  const teacher = gpu.buffers.upload("bench teacher", ramp(B * F * S * Ct));
  const student = gpu.buffers.upload("bench student", ramp(B * F * S * Cs, 0.7));
  const motion = ramp(B * F * S, 0.3);
  const masked = traitsOf(kind).queries === "moving" ? { motion, rho: 0.2 } : {};
  const loss = await AlignmentLoss.create(gpu, {
    kind,
    shape,
    form,
    teacher,
    student,
    ...masked,
    memoryBudget: 2 ** 34,
  });
  const free = () => {
    loss.destroy();
    gpu.buffers.destroy(teacher);
    gpu.buffers.destroy(student);
  };
  return { loss, free };
}

const kernelsOf = (steps: readonly Step[]) => steps.flatMap((step) => (step.kind === "dispatch" ? [step.kernel] : []));

async function benchSteps(gpu: Gpu, steps: readonly Step[], runs: number): Promise<KernelResult[]> {
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
async function kernelTimer(gpu: Gpu, kernels: Kernels): Promise<() => Promise<number[]>> {
  const time = (repeats: readonly number[]) => timeKernels(gpu, kernels, repeats);
  const repeats = await settleRepeats(kernels.length, time);
  return async () => (await time(repeats)).map((ms, i) => ms / repeats[i]);
}

/** Milliseconds of a pass of each kernel: by timestamps where the adapter has them, else by the wall clock of a submit each. */
async function timeKernels(gpu: Gpu, kernels: Kernels, repeats: readonly number[]): Promise<number[]> {
  const records = kernels.map((kernel, i) => (pass: GPUComputePassEncoder) => {
    for (let n = 0; n < repeats[i]; n++) kernel.record(pass);
  });
  if (gpu.device.features.has("timestamp-query")) return timePasses(gpu, records);
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

async function repeat<T>(runs: number, once: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let run = 0; run < runs + 2; run++) {
    const result = await once();
    if (run >= 2) results.push(result);
  }
  return results;
}

const isProduct = (name: string) => name.startsWith("nn/product");

/** Made-up features that are cheap to make and not alike. */
const ramp = (length: number, step = 1): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(step * (i + 1) * 12.9898 + (i % 7)));
