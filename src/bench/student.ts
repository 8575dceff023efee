import definition from "../../models/student/student.json";
import { type Gpu, openScope } from "../gpu/gpu.ts";
import { cutSteps, type Step, submitFlop } from "../gpu/steps.ts";
import { gflopsOf, summariseTimes, type Timing } from "../gpu/timing.ts";
import { Arena, ArenaLayout } from "../nn/arena.ts";
import { DiffusionStep, type StepBatch, type StepDesign, stepParameters } from "../train/diffusion/step.ts";
import { groupsOf, Optimizer } from "../train/optimizer.ts";
import { productFlop, ramp, timeSteps } from "./timed.ts";

/** One step of the shipped diffusion student: both directions, M-TSA with the teacher kept, clipping, AdamW, moving average. */
export interface StudentBenchResult {
  /** Clips of the batch. */
  readonly B: number;
  readonly bytes: number;
  /** FLOP of the products. */
  readonly flop: number;
  readonly dispatches: number;
  readonly submits: number;
  /** By the clock. */
  readonly time: Timing;
  /** null where the clock could not tell the time. */
  readonly gflops: number | null;
}

/** The shipped student after whose fourth block the teacher's 192 channels are aligned, as `models/pretrain` does it. */
export const studentDesign = (B: number): Required<StepDesign> => ({
  shape: definition.shape,
  B,
  alignment: { loss: "mtsa", tau: 0.1, margin: 0.1, block: definition.aligned, channels: 192, hidden: [256, 256, 192] },
});

export const STUDENT_OPTIMIZER = {
  learningRate: 1e-3,
  muonRate: 0,
  weightDecay: 0.01,
  clipNorm: 1,
  emaDecay: 0.99,
  lambda: 1,
  warmup: 0,
  rateDecay: "none",
  steps: 1000,
} as const;

/** A batch of the sizes of a design: time does not depend on what is seen. A fifth of each frame's tokens ask. */
export function madeUpBatch({ shape, B, alignment }: Required<StepDesign>): Required<Omit<StepBatch, "asked">> {
  const { frames, rows, values, words, vocabulary } = shape;
  const S = rows ** 2;
  const N = frames * S;
  const f32 = (length: number, step: number) => ramp(length, step) as Float32Array<ArrayBuffer>;
  return {
    x: f32(B * N * values, 1),
    x0: f32(B * N * values, 0.7),
    t: Array.from({ length: B }, (_, b) => (997 * (b + 1)) % 900),
    given: Array.from({ length: B }, (_, b) => b % 2),
    words: Array.from({ length: B * words }, (_, i) => (7 * i) % vocabulary),
    teacher: f32(B * 2 * N * alignment.channels, 0.3),
    mask: Uint8Array.from({ length: B * 2 * N }, (_, i) => ((7 * i) % S < Math.floor(0.2 * S) ? 1 : 0)),
    lambda: 0.5,
  };
}

/** Parameters of the sizes that nn.Linear starts from; gains near 1. */
export function madeUpParameters(layout: ArenaLayout): Float32Array<ArrayBuffer> {
  const all = new Float32Array(layout.length);
  for (const [i, { name, shape, layout: kind }] of layout.parameters.entries()) {
    const gain = kind === "plain" && name.endsWith("weight") ? 1 : 0;
    const fan = kind === "plain" ? 100 : shape.slice(0, -1).reduce((a, b) => a * b, 1);
    const values = layout.view(all, name);
    values.set(ramp(values.length, 1 + 0.01 * i).map((one) => gain + one / Math.sqrt(fan)));
  }
  return all;
}

/** The bound step on a scope of its own, its batch written; where it cannot be made, nothing stays allocated. */
export async function makeStudentStep(gpu: Gpu, design: Required<StepDesign>) {
  const scope = openScope(gpu);
  try {
    return { ...(await bindStudentStep(scope, design)), scope };
  } catch (error) {
    scope.destroy();
    throw error;
  }
}

async function bindStudentStep(scope: Gpu, design: Required<StepDesign>) {
  const layout = new ArenaLayout(stepParameters(design), groupsOf("adamw"));
  const arena = new Arena(scope, layout);
  const parameters = madeUpParameters(layout);
  const zeros = new Float32Array(layout.length);
  arena.write({ parameters, m: zeros, v: zeros, ema: parameters });
  const step = await DiffusionStep.create(scope, design, arena);
  const optimizer = new Optimizer(scope, arena, STUDENT_OPTIMIZER);
  const update = await optimizer.bind(step.alignment ?? step.clips);
  const batch = madeUpBatch(design);
  step.write(batch);
  optimizer.begin(1);
  return { batch, arena, parameters, step, optimizer, steps: () => [...step.steps(), ...update] };
}

/** A software adapter takes seconds a step: from here on two are enough, and none to warm up beside the first. */
const SLOW_MS = 1000;

/** Whole steps, in as many submits as each takes. */
export async function benchStudent(gpu: Gpu, design: Required<StepDesign>, runs: number): Promise<StudentBenchResult> {
  const { scope, steps } = await makeStudentStep(gpu, design);
  try {
    const time = await timeStudent(gpu, steps, runs);
    return { B: design.B, bytes: scope.buffers.bytes, time, ...workOf(gpu, steps(), time) };
  } finally {
    scope.destroy();
  }
}

async function timeStudent(gpu: Gpu, steps: () => readonly Step[], runs: number): Promise<Timing> {
  // The first takes the teacher's statistics too, which stay.
  const first = await timeSteps(gpu, steps());
  const [warm, timed] = first > SLOW_MS ? [0, 2] : [1, runs];
  const times: number[] = [];
  for (let run = 0; run < warm + timed; run++) {
    const time = await timeSteps(gpu, steps());
    if (run >= warm) times.push(time);
  }
  return summariseTimes(times);
}

function workOf(gpu: Gpu, all: readonly Step[], time: Timing) {
  const flop = productFlop(all);
  const gflops = gflopsOf(flop, time.median);
  const dispatches = all.filter(({ kind }) => kind === "dispatch").length;
  return { flop, dispatches, submits: cutSteps(all, submitFlop(gpu)).length, gflops };
}
