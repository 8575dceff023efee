import type { Place } from "../../src/gpu/places.ts";
import { submitNow } from "../../src/gpu/steps.ts";
import { bindPlan, type MemoryPlan, planMemory } from "../../src/nn/memory.ts";
import { lengthOf, type Tape, type Tensor } from "../../src/nn/tape.ts";
import type { TestGpu } from "./gpu.ts";

export interface TapeRun {
  /** Data and parameters. */
  readonly given: ReadonlyMap<Tensor, Float32Array>;
  /** Outputs, each with the gradient that enters there; null: none does. */
  readonly heads: ReadonlyMap<Tensor, Float32Array | null>;
  /** Whose gradients are read. */
  readonly wanted: readonly Tensor[];
  /** Bound with the backward's steps in another order. */
  readonly order?: <T>(steps: readonly T[]) => readonly T[];
}

/** Runs a tape twice in both directions on memory full of NaN, so that nothing lives on what was there before, and reads it back. */
export async function runTape(g: TestGpu, t: Tape, { given, heads, wanted, order = (steps) => steps }: TapeRun) {
  const plan = planOf(t, { heads, wanted });
  const nan = (bytes: number) => g.input(new Float32Array(bytes / 4).fill(Number.NaN));
  const values = new Map<Tensor, Place>([...given].map(([tensor, data]) => [tensor, g.input(data)]));
  const outputs = new Map([...heads.keys()].map((y) => [y, g.output(lengthOf(y))]));
  const gradients = new Map(wanted.map((x) => [x, g.output(lengthOf(x))]));
  const entering = [...heads].flatMap(([y, dy]) => (dy ? [[y, dy, g.output(lengthOf(y))] as const] : []));
  const { forward, backward } = await bindPlan(g, plan, plan.sizes.map(nan), {
    values: new Map([...values, ...outputs]),
    gradients: new Map<Tensor, Place>([...gradients, ...entering.map(([y, , buffer]) => [y, buffer] as const)]),
  });
  for (let round = 0; round < 2; round++) {
    for (const [, dy, buffer] of entering) g.device.queue.writeBuffer(buffer, 0, dy as Float32Array<ArrayBuffer>);
    submitNow(g.device, "tape", [...forward, ...order(backward)]);
  }
  const read = async (buffers: ReadonlyMap<Tensor, GPUBuffer>) => {
    const found = new Map<Tensor, Float32Array>();
    for (const [tensor, buffer] of buffers) found.set(tensor, await g.readOutput(buffer, lengthOf(tensor)));
    return (tensor: Tensor) => found.get(tensor) ?? new Float32Array();
  };
  return { plan, value: await read(outputs), gradient: await read(gradients) };
}

/** How a test's tape is laid out. */
export function planOf(t: Tape, { heads, wanted }: Pick<TapeRun, "heads" | "wanted">): MemoryPlan {
  const entered = [...heads].flatMap(([y, dy]) => (dy ? [y] : []));
  return planMemory(t.schedule(entered), heads.keys(), [...wanted, ...entered]);
}
