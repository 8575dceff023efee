// One training step of the diffusion student at its shipped size, ours and the same jitted in jax-js, in turns on the same adapter.
import definition from "../../models/student/student.json";
import { createGpu, type Gpu } from "../../src/gpu/gpu.ts";
import { submitFlop, submitSteps } from "../../src/gpu/steps.ts";
import { Arena, ArenaLayout } from "../../src/nn/arena.ts";
import { DiffusionStep, type StepBatch, type StepDesign, stepParameters } from "../../src/train/diffusion/step.ts";
import { type GroupName, groupsOf, Optimizer } from "../../src/train/optimizer.ts";
import { normals, random } from "../support/random.ts";
import { type Cost, costOf, printCost, summariseCosts } from "./cost.ts";
import { jaxStudent } from "./student_jax.ts";

const noPause = async () => {};

export const DESIGN: StepDesign = {
  shape: definition.shape,
  B: 4,
  alignment: {
    loss: "mtsa",
    tau: 0.1,
    margin: 0.1,
    block: definition.aligned,
    channels: 192,
    hidden: [256, 256, 192],
  },
};

export const OPTIONS = {
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

/** Queries a frame: ρ = 20 % of its tokens. */
const RHO = 0.2;

type Whole = Required<StepBatch>;

/** Noise of a batch's sizes: time does not depend on what is seen. */
function drawBatch({ shape, B }: StepDesign, channels: number): Whole {
  const { frames, rows, values, words, vocabulary } = shape;
  const [N, S] = [frames * rows ** 2, rows ** 2];
  const next = random(5);
  const kept = Math.floor(RHO * S);
  const mask = Uint32Array.from({ length: B * 2 * frames * S }, (_, i) => ((i * 7) % S < kept ? 1 : 0));
  const f32 = (values: Float32Array) => values as Float32Array<ArrayBuffer>;
  return {
    x: f32(normals(B * N * values, 1)),
    x0: f32(normals(B * N * values, 2)),
    t: Array.from({ length: B }, () => Math.floor(next() * 900)),
    given: Array.from({ length: B }, (_, b) => b % 2),
    words: Array.from({ length: B * words }, () => Math.floor(next() * vocabulary)),
    teacher: f32(normals(B * 2 * N * channels, 3)),
    mask,
    lambda: 0.5,
  };
}

/** Parameters of every size near what nn.Linear starts from; gains near 1. */
export function drawParameters(layout: ArenaLayout): Float32Array<ArrayBuffer> {
  const all = new Float32Array(layout.length);
  for (const [i, { name, shape, layout: kind }] of layout.parameters.entries()) {
    const values = layout.view(all, name);
    const gain = kind === "plain" && name.endsWith("weight") ? 1 : 0;
    const fan = kind === "plain" ? 100 : shape.slice(0, -1).reduce((a, b) => a * b, 1);
    values.set(normals(values.length, 100 + i).map((one) => gain + one / Math.sqrt(fan)));
  }
  return all;
}

interface Ours {
  readonly gpu: Gpu;
  readonly layout: ArenaLayout<GroupName>;
  readonly parameters: Float32Array<ArrayBuffer>;
  step(t: number): Promise<number>;
  gradients(): Promise<Float32Array>;
}

async function ourStudent(batch: Whole): Promise<Ours> {
  const gpu = await createGpu();
  const layout = new ArenaLayout(stepParameters(DESIGN), groupsOf("adamw"));
  const arena = new Arena(gpu, layout);
  const parameters = drawParameters(layout);
  const zeros = new Float32Array(layout.length);
  arena.write({ parameters, m: zeros, v: zeros, ema: parameters });
  const step = await DiffusionStep.create(gpu, DESIGN, arena);
  const optimizer = new Optimizer(gpu, arena, OPTIONS);
  const { alignment } = step;
  if (!alignment) throw new Error("the step has no alignment");
  const update = await optimizer.bind(alignment);
  const { teacher, mask, ...rest } = batch;
  step.write(batch);
  return {
    gpu,
    layout,
    parameters,
    async step(t) {
      optimizer.begin(t);
      step.write(rest);
      await submitSteps(gpu, "student step", [...step.steps(), ...update], submitFlop(gpu), noPause);
      const [clips, aligned] = await gpu.readback.readAll([
        { buffer: step.clips, bytes: step.clips.size },
        { buffer: alignment, bytes: 4 },
      ]);
      return clips.reduce((sum, one) => sum + one, 0) + batch.lambda * aligned[0];
    },
    gradients: () => gpu.readback.read(arena.buffers.gradients, 4 * layout.length),
  };
}

/** Largest ‖g − e‖ / max(‖e‖, 1e-6) of a parameter. */
function worstOf(layout: ArenaLayout, ours: Float32Array, theirs: ReadonlyMap<string, Float32Array>) {
  let worst = { name: "", error: 0 };
  for (const [name, expected] of theirs) {
    const { offset } = layout.of(name);
    let [off, size] = [0, 0];
    for (const [i, e] of expected.entries()) {
      off += (ours[offset + i] - e) ** 2;
      size += e ** 2;
    }
    const error = Math.sqrt(off) / Math.max(Math.sqrt(size), 1e-6);
    if (!(error <= worst.error)) worst = { name, error };
  }
  return worst;
}

/** Each round times both once, so that a busy neighbour slows both. */
export async function compareStudent(runs: number) {
  const batch = drawBatch(DESIGN, DESIGN.alignment?.channels ?? 0);
  const ours = await ourStudent(batch);
  console.log("ours is bound");
  const peer = await jaxStudent(DESIGN, ours.layout, ours.parameters, batch, OPTIONS);
  const [mine, theirs]: [Cost[], Cost[]] = [[], []];
  const losses: [number, number][] = [];
  let worst: ReturnType<typeof worstOf> | undefined;
  for (let t = 1; t <= runs + 2; t++) {
    let own = Number.NaN;
    const one = await costOf(async () => {
      own = await ours.step(t);
    });
    if (t === 1) worst = worstOf(ours.layout, await ours.gradients(), await peer.gradients());
    let loss = Number.NaN;
    const other = await costOf(async () => {
      loss = await peer.step(t);
    });
    losses.push([own, loss]);
    if (t > 2) {
      mine.push(one);
      theirs.push(other);
    }
    console.log(`student step, round ${t} of ${runs + 2}: ${printCost(one)}, jax-js ${printCost(other)}`);
  }
  ours.gpu.destroy();
  const [a, b] = [summariseCosts(mine), summariseCosts(theirs)];
  const ratio = { ms: b.ms.median / a.ms.median, cpuMs: b.cpuMs.median / a.cpuMs.median };
  return { design: DESIGN, ours: a, jax: b, ratio, losses, worstGradient: worst };
}
