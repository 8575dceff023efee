// One training step of the diffusion student at its shipped size, ours and the same jitted in jax-js, in turns on the same adapter.
import { makeStudentStep, STUDENT_OPTIMIZER, studentDesign } from "../../src/bench/student.ts";
import { productFlop } from "../../src/bench/timed.ts";
import { createGpu, type Gpu } from "../../src/gpu/gpu.ts";
import { cutSteps, type Step, submitFlop, submitSteps } from "../../src/gpu/steps.ts";
import { bindProduct } from "../../src/kernels/product.ts";
import type { ArenaLayout } from "../../src/nn/arena.ts";
import { stepMemory } from "../../src/train/diffusion/step.ts";
import { type Cost, costOf, printCost, summariseCosts } from "./cost.ts";
import { jaxStudent } from "./student_jax.ts";

const submit = (gpu: Gpu, steps: readonly Step[]) =>
  submitSteps(gpu, "student step", steps, submitFlop(gpu), async () => {});

async function ourStudent(gpu: Gpu) {
  const design = studentDesign(4);
  const made = await makeStudentStep(gpu, design);
  const { step, optimizer, batch, arena } = made;
  const { alignment } = step;
  if (!alignment) throw new Error("the step has no alignment");
  const { teacher, mask, ...changing } = batch;
  return {
    ...made,
    design,
    /** Takes step t (from 1), whose teacher is kept, and returns its loss. */
    async take(t: number): Promise<number> {
      optimizer.begin(t);
      step.write(changing);
      await submit(gpu, made.steps());
      const [clips, aligned] = await gpu.readback.readAll([
        { buffer: step.clips, bytes: step.clips.size },
        { buffer: alignment, bytes: 4 },
      ]);
      return clips.reduce((sum, one) => sum + one, 0) + batch.lambda * aligned[0];
    },
    gradients: () => gpu.readback.read(arena.buffers.gradients, 4 * arena.layout.length),
  };
}

/** Our best product, as something to take in turns with the steps. */
async function ourProduct(gpu: Gpu) {
  const edge = 1024;
  const [A, B, C] = ["A", "B", "C"].map((name) => gpu.buffers.create(name, 4 * edge ** 2));
  const sizes = { rows: edge, cols: edge, depth: edge, lda: edge, ldb: edge, ldc: edge };
  const steps = await bindProduct(gpu, { form: "nn", A, B, C, ...sizes });
  const flop = productFlop(steps);
  return {
    flop,
    async run() {
      await submit(gpu, steps);
      await gpu.device.queue.onSubmittedWorkDone();
    },
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

/** Each round times all once, so that a busy neighbour slows all. */
export async function compareStudent(runs: number) {
  const gpu = await createGpu();
  const ours = await ourStudent(gpu);
  const best = await ourProduct(gpu);
  const { design, arena, parameters, batch } = ours;
  const peer = await jaxStudent(design, arena.layout, parameters, batch, STUDENT_OPTIMIZER);
  const costs: Record<"ours" | "jax" | "product", Cost[]> = { ours: [], jax: [], product: [] };
  const losses: [number, number][] = [];
  let worstGradient: ReturnType<typeof worstOf> | undefined;
  for (let t = 1; t <= runs + 2; t++) {
    let [own, loss] = [Number.NaN, Number.NaN];
    const mine = await costOf(async () => {
      own = await ours.take(t);
    });
    if (t === 1) worstGradient = worstOf(arena.layout, await ours.gradients(), await peer.gradients());
    const product = await costOf(() => best.run());
    const other = await costOf(async () => {
      loss = await peer.step(t);
    });
    losses.push([own, loss]);
    console.log(`student step, round ${t} of ${runs + 2}: ${printCost(mine)}, jax-js ${printCost(other)}`);
    if (t <= 2) continue;
    costs.ours.push(mine);
    costs.jax.push(other);
    costs.product.push(product);
  }
  const steps = ours.steps();
  const [flop, submits] = [productFlop(steps), cutSteps(steps, submitFlop(gpu)).length];
  const bytes = { allocated: ours.scope.buffers.bytes, ofStep: stepMemory(design).bytes };
  gpu.destroy();
  const [a, b, c] = [costs.ours, costs.jax, costs.product].map(summariseCosts);
  const ratio = { ms: b.ms.median / a.ms.median, cpuMs: b.cpuMs.median / a.cpuMs.median };
  /** GFLOP a second of the GPU process. */
  const rates = { step: flop / a.cpuMs.median / 1e6, product: best.flop / c.cpuMs.median / 1e6 };
  const work = { flop, dispatches: steps.filter(({ kind }) => kind === "dispatch").length, submits, bytes };
  return {
    design,
    ours: a,
    jax: b,
    product: c,
    ratio,
    rates: { ...rates, share: rates.step / rates.product },
    work,
    losses,
    worstGradient,
  };
}
