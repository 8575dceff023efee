// What a step of the diffusion student costs: its memory is known before it is allocated, and a step itself allocates nothing.
import { describe, expect, test } from "vitest";
import { LOSS_KINDS } from "../../src/alignment/losses.ts";
import { madeUpBatch, STUDENT_OPTIMIZER, studentDesign } from "../../src/bench/student.ts";
import { openScope } from "../../src/gpu/gpu.ts";
import { submitFlop, submitSteps } from "../../src/gpu/steps.ts";
import { Arena, ArenaLayout, arenaBytes } from "../../src/nn/arena.ts";
import { DiffusionStep, type StepDesign, stepMemory, stepParameters } from "../../src/train/diffusion/step.ts";
import { groupsOf, Optimizer, optimizerBytes } from "../../src/train/optimizer.ts";
import { withGpu } from "../support/gpu.ts";

const gpu = withGpu();

/** What a device is asked to make. */
const MAKES = [
  "createBuffer",
  "createBindGroup",
  "createBindGroupLayout",
  "createPipelineLayout",
  "createShaderModule",
  "createComputePipeline",
  "createComputePipelineAsync",
  "createTexture",
  "createQuerySet",
] as const;

/** Runs some work and says what it made: bytes of buffers, and how many of everything. */
async function made(work: () => Promise<void>) {
  const { device } = gpu();
  let bytes = 0;
  const counts = Object.fromEntries(MAKES.map((name) => [name, 0]));
  for (const name of MAKES) {
    const original = device[name].bind(device) as (descriptor: GPUBufferDescriptor) => unknown;
    const counted = (descriptor: GPUBufferDescriptor) => {
      counts[name]++;
      if (name === "createBuffer") bytes += descriptor.size;
      return original(descriptor);
    };
    Object.defineProperty(device, name, { value: counted, configurable: true });
  }
  try {
    await work();
  } finally {
    for (const name of MAKES) Reflect.deleteProperty(device, name);
  }
  return { bytes, counts };
}

/** The shipped student, narrower: its kernels and their number are those of the large one. */
function smallDesign(B: number): Required<StepDesign> {
  const { shape, alignment } = studentDesign(B);
  return { shape: { ...shape, width: 64, depth: 2, heads: 2, frames: 2 }, B, alignment: { ...alignment, block: 1 } };
}

const nothing = Object.fromEntries(MAKES.map((name) => [name, 0]));

describe("memory", () => {
  const { shape, B, alignment } = smallDesign(2);
  test.each<[string, StepDesign]>([
    ["no alignment", { shape, B }],
    ...LOSS_KINDS.map((loss): [string, StepDesign] => [loss, { shape, B, alignment: { ...alignment, loss } }]),
    ["the shipped size", studentDesign(1)],
  ])("%s: said before, allocated within 2 %%", async (_, design) => {
    const g = gpu();
    const layout = new ArenaLayout(stepParameters(design), groupsOf("muon"));
    const { bytes, counts } = await made(async () => {
      const scope = openScope(g);
      const arena = new Arena(scope, layout);
      const step = await DiffusionStep.create(scope, design, arena);
      await new Optimizer(scope, arena, STUDENT_OPTIMIZER).bind(step.alignment ?? step.clips);
      scope.destroy();
    });
    const said = stepMemory(design).bytes + arenaBytes(layout) + optimizerBytes(layout);
    expect(counts.createBuffer).toBeGreaterThan(100);
    // Only the parameters of kernels are left out.
    expect(said).toBeLessThanOrEqual(bytes);
    expect(said).toBeGreaterThan(0.98 * bytes);
  });
});

test("a step makes nothing: no buffer, no binding, no pipeline", async () => {
  const g = gpu();
  const design = smallDesign(2);
  const layout = new ArenaLayout(stepParameters(design), groupsOf("muon"));
  const scope = openScope(g);
  const arena = new Arena(scope, layout);
  const step = await DiffusionStep.create(scope, design, arena);
  const optimizer = new Optimizer(scope, arena, STUDENT_OPTIMIZER);
  const update = await optimizer.bind(step.alignment ?? step.clips);
  const batch = madeUpBatch(design);
  const { counts, bytes } = await made(async () => {
    for (const t of [1, 2, 3]) {
      optimizer.begin(t);
      step.write(batch);
      await submitSteps(g, "student step", [...step.steps(), ...update], submitFlop(g), async () => {});
    }
    await g.device.queue.onSubmittedWorkDone();
  });
  expect({ counts, bytes }).toEqual({ counts: nothing, bytes: 0 });
});
