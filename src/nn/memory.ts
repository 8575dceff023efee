import type { Gpu } from "../gpu/gpu.ts";
import type { Place } from "../gpu/places.ts";
import type { Step } from "../gpu/steps.ts";
import { lengthOf, type Schedule, type Task, type Tensor } from "./tape.ts";

/** Which tensors share memory, before there is any: what nobody reads again makes room for what comes later. */
export interface MemoryPlan {
  readonly schedule: Schedule;
  /** Bytes of each buffer, largest first. */
  readonly sizes: readonly number[];
  /** The buffer of each tensor that has no place of its own. */
  readonly bufferOf: ReadonlyMap<Tensor, number>;
}

/**
 * Plans the memory of a schedule: tensors from the largest to the smallest, each into the first buffer that is free from its first
 * to its last use. Whole buffers, because WebGPU forbids one that a dispatch both reads and writes, even in different parts.
 * @param placed what the outside reads, which has a place of its own as data and parameters have
 * @param withGradients whose gradients have places of their own
 */
export function planMemory(schedule: Schedule, placed: Iterable<Tensor>, withGradients: Iterable<Tensor>): MemoryPlan {
  const own = new Set<Tensor>(placed);
  for (const x of withGradients) {
    const gradient = schedule.gradients.get(x);
    if (gradient) own.add(gradient);
  }
  const lives = new Map<Tensor, { first: number; last: number }>();
  for (const [time, { uses }] of [...schedule.forward, ...schedule.backward].entries()) {
    for (const tensor of uses) {
      if (!tensor.given && !own.has(tensor)) lives.set(tensor, { first: lives.get(tensor)?.first ?? time, last: time });
    }
  }
  const sizes: number[] = [];
  const held: { first: number; last: number }[][] = [];
  const bufferOf = new Map<Tensor, number>();
  const bySize = [...lives].sort(([a, { first }], [b, { first: later }]) => lengthOf(b) - lengthOf(a) || first - later);
  for (const [tensor, life] of bySize) {
    const free = held.findIndex((others) => others.every(({ first, last }) => last < life.first || life.last < first));
    const index = free < 0 ? held.push([]) - 1 : free;
    held[index].push(life);
    sizes[index] ??= 4 * lengthOf(tensor);
    bufferOf.set(tensor, index);
  }
  return { schedule, sizes, bufferOf };
}

/** Sizes of buffers that each of some plans can work in, one at a time. */
export function sharedSizes(plans: readonly MemoryPlan[]): number[] {
  const most = Math.max(0, ...plans.map(({ sizes }) => sizes.length));
  return Array.from({ length: most }, (_, i) => Math.max(...plans.map(({ sizes }) => sizes[i] ?? 0)));
}

/** Places of the tensors that have one of their own, and of gradients, by the tensor that they belong to. */
export interface Places {
  readonly values: ReadonlyMap<Tensor, Place>;
  readonly gradients?: ReadonlyMap<Tensor, Place>;
}

/**
 * Binds a plan.
 * @param buffers at least as large as the plan's, in its order
 * @throws Error naming a tensor that has no place
 */
export async function bindPlan(
  gpu: Gpu,
  { schedule, bufferOf }: MemoryPlan,
  buffers: readonly GPUBuffer[],
  { values, gradients = new Map() }: Places,
): Promise<{ readonly forward: readonly Step[]; readonly backward: readonly Step[] }> {
  const places = new Map<Tensor, Place>(values);
  for (const [x, place] of gradients) {
    const gradient = schedule.gradients.get(x);
    if (gradient) places.set(gradient, place);
  }
  const at = (tensor: Tensor): Place => {
    const index = bufferOf.get(tensor);
    // A part of the buffer: products read to its end, where another tensor may have left something.
    const place = index === undefined ? places.get(tensor) : { buffer: buffers[index], size: 4 * lengthOf(tensor) };
    if (!place)
      throw new Error(`tensor "${tensor.name}" [${tensor.shape}] has no place: give one when the tape is bound`);
    return place;
  };
  const bind = async (tasks: readonly Task[]) => {
    const steps: Step[] = [];
    for (const task of tasks) steps.push(...(await task.bind({ gpu, at })));
    return steps;
  };
  return { forward: await bind(schedule.forward), backward: await bind(schedule.backward) };
}

/** FLOP of a schedule, both directions. */
export const scheduleFlop = ({ forward, backward }: Schedule): number =>
  [...forward, ...backward].reduce((sum, { flop }) => sum + flop, 0);
