import { AlignmentLoss } from "../alignment/alignment_loss.ts";
import type { LossForm, LossShape } from "../alignment/loss_config.ts";
import { LOSS_KINDS, type LossKind, TEMPERED_LOSSES, traitsOf } from "../alignment/losses.ts";
import { type Gpu, openScope } from "../gpu/gpu.ts";
import { gflopsOf, hasTimestamps, summariseTimes, type Timing } from "../gpu/timing.ts";
import { bindProduct } from "../kernels/product.ts";
import type { StepDesign } from "../train/diffusion/step.ts";
import { benchStudent, type StudentBenchResult, studentDesign } from "./student.ts";
import {
  benchSteps,
  type KernelResult,
  kernelsOf,
  kernelTimer,
  productFlop,
  ramp,
  repeat,
  timeSteps,
} from "./timed.ts";

export type { KernelResult, StudentBenchResult };

export interface BenchOptions {
  readonly shape: LossShape;
  /** Timed runs of each thing, after two to warm up. */
  readonly runs: number;
  /** Edge of the matmul that gives the peak. */
  readonly peakEdge: number;
  /** Tokens a frame (S) of the scaling series, at the shape's F and C. */
  readonly scaling: readonly number[];
  /** Whose training step is measured. */
  readonly student: Required<StepDesign>;
}

export const BENCH_DEFAULTS: BenchOptions = {
  shape: { B: 1, F: 8, S: 64, Ct: 192, Cs: 192 },
  runs: 11,
  peakEdge: 1024,
  scaling: [16, 32, 64, 128],
  student: studentDesign(4),
};

export interface LossBenchResult {
  readonly kind: LossKind;
  readonly form: LossForm;
  readonly shape: LossShape;
  readonly bytes: number;
  /** FLOP of the products really done, with the teacher kept and with nothing kept. */
  readonly flop: { readonly kept: number; readonly fresh: number };
  /** Whole steps, by the clock. */
  readonly kept: Timing;
  readonly fresh: Timing;
  /**
   * Share of the measured matmul peak that the kernels of a step with nothing kept reach together. null where the adapter has no
   * timestamps: by the clock, handing in each of them counts too.
   */
  readonly shareOfPeak: number | null;
  readonly kernels: readonly KernelResult[];
}

export interface BenchResult {
  readonly adapter: Gpu["adapter"];
  /** Whether the peak and each kernel are timed by the adapter itself; else by the clock, as whole steps are. */
  readonly timestamps: boolean;
  readonly peak: { readonly edge: number; readonly time: Timing; readonly gflops: number | null };
  readonly losses: readonly LossBenchResult[];
  readonly student: StudentBenchResult;
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
  const { shape, runs, peakEdge, scaling, student: design } = { ...BENCH_DEFAULTS, ...options };
  const total = CASES.length + 4;
  await onProgress(`matmul ${peakEdge}³`, 0);
  const peak = await benchPeak(gpu, peakEdge, runs);
  const losses: LossBenchResult[] = [];
  for (const [kind, form] of CASES) {
    await onProgress(`${kind} ${form}`, (losses.length + 1) / total);
    losses.push(await benchLoss(gpu, kind, form, shape, runs, peak.gflops));
  }
  await onProgress("step of the student", (losses.length + 1) / total);
  const student = await benchStudent(gpu, design, runs);
  const grown: BenchResult["scaling"][number][] = [];
  for (const kind of TEMPERED_LOSSES) {
    await onProgress(`${kind} against N`, (losses.length + 2 + grown.length) / total);
    const points: { N: number; ms: number }[] = [];
    for (const S of scaling) {
      const times = await withLoss(gpu, kind, "stored", { ...shape, S }, (loss) =>
        repeat(runs, () => timeStep(gpu, loss, true)),
      );
      points.push({ N: shape.F * S, ms: summariseTimes(times).median });
    }
    grown.push({ kind, points, exponent: fitExponent(points) });
  }
  await onProgress("done", 1);
  return { adapter: gpu.adapter, timestamps: hasTimestamps(gpu), peak, losses, student, scaling: grown };
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
  try {
    const [A, B, C] = ["A", "B", "C"].map((name) => scope.buffers.upload(`bench ${name}`, ramp(edge * edge)));
    const square = { rows: edge, cols: edge, depth: edge, lda: edge, ldb: edge, ldc: edge };
    const flopPerSubmit = Number.POSITIVE_INFINITY;
    const kernels = kernelsOf(await bindProduct(scope, { form: "nn", A, B, C, ...square, flopPerSubmit }));
    const once = await kernelTimer(gpu, kernels);
    const time = summariseTimes(await repeat(runs, async () => (await once())[0]));
    return { edge, time, gflops: gflopsOf(2 * edge ** 3, time.median) };
  } finally {
    scope.destroy();
  }
}

/** One loss: whole steps with the teacher kept and with nothing kept, taken in turns, then (`eachKernel`) its kernels one by one. */
export function benchLoss(
  gpu: Gpu,
  kind: LossKind,
  form: LossForm,
  shape: LossShape,
  runs: number,
  peakGflops: number | null,
  eachKernel = true,
): Promise<LossBenchResult> {
  return withLoss(gpu, kind, form, shape, async (loss) => {
    const steps = loss.steps();
    const flop = { fresh: productFlop(steps), kept: productFlop(loss.steps()) };
    const [kept, fresh]: [number[], number[]] = [[], []];
    for (let run = 0; run < runs + 2; run++) {
      const times = [await timeStep(gpu, loss, false), await timeStep(gpu, loss, true)];
      if (run < 2) continue;
      kept.push(times[0]);
      fresh.push(times[1]);
    }
    const kernels = eachKernel ? await benchSteps(gpu, steps, runs) : [];
    const { bytes } = loss;
    const shareOfPeak = hasTimestamps(gpu) ? shareOf(peakGflops, flop.fresh, kernels) : null;
    const timings = { kept: summariseTimes(kept), fresh: summariseTimes(fresh) };
    return { kind, form, shape, bytes, flop, ...timings, shareOfPeak, kernels };
  });
}

/** null where the clock could not tell one of the two. */
function shareOf(peakGflops: number | null, flop: number, kernels: readonly KernelResult[]): number | null {
  const gflops = gflopsOf(
    flop,
    kernels.reduce((sum, { time }) => sum + time.median, 0),
  );
  return gflops !== null && peakGflops ? gflops / peakGflops : null;
}

/** Milliseconds of one step by the clock, in as many submits as it takes; `fresh` takes the teacher's statistics again. */
export async function timeStep(gpu: Gpu, loss: AlignmentLoss, fresh: boolean): Promise<number> {
  if (fresh) loss.setTeacher();
  return timeSteps(gpu, loss.steps());
}

/** Does some work with a loss over made-up features, which is freed after it. A mask keeps 20 % of each frame. */
async function withLoss<T>(
  gpu: Gpu,
  kind: LossKind,
  form: LossForm,
  shape: LossShape,
  work: (loss: AlignmentLoss) => Promise<T>,
): Promise<T> {
  const { B, F, S, Ct, Cs } = shape;
  const scope = openScope(gpu);
  try {
    const teacher = scope.buffers.upload("bench teacher", ramp(B * F * S * Ct));
    const student = scope.buffers.upload("bench student", ramp(B * F * S * Cs, 0.7));
    const motion = ramp(B * F * S, 0.3);
    const masked = traitsOf(kind).queries === "moving" ? { motion, rho: 0.2 } : {};
    const config = { kind, shape, form, teacher, student, ...masked, memoryBudget: 2 ** 34 };
    return await work(await AlignmentLoss.create(scope, config));
  } finally {
    scope.destroy();
  }
}
