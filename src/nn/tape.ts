import type { Gpu } from "../gpu/gpu.ts";
import type { KernelSpec } from "../gpu/kernel.ts";
import type { Dispatch } from "../gpu/kernels.ts";
import type { Place } from "../gpu/places.ts";
import { dispatch, type Step } from "../gpu/steps.ts";

/** Float32 values of a network, row-major. Where they lie is decided when the tape is bound. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Whether something that is trained goes into it, so that a gradient comes back through it. */
  readonly trained: boolean;
  /** Data and parameters, which come from outside and so never share memory. */
  readonly given: boolean;
}

export const lengthOf = ({ shape }: Pick<Tensor, "shape">): number => shape.reduce((a, b) => a * b, 1);

/** Rows and columns of a tensor whose last side is its channels. */
export function rowsOf(x: Tensor): { R: number; C: number } {
  const C = x.shape.at(-1) ?? 1;
  return { R: lengthOf(x) / C, C };
}

/** Where tensors lie, on one device. */
export interface Bound {
  readonly gpu: Gpu;
  at(tensor: Tensor): Place;
}

/** Some dispatches with everything but their device: what memory they need is known before any of it exists. */
export interface Task {
  readonly uses: readonly Tensor[];
  readonly flop: number;
  bind(bound: Bound): Promise<readonly Step[]>;
}

/** One dispatch as a task. */
export function kernelTask<B extends string, P extends string, K extends string>(
  spec: KernelSpec<B, P, K>,
  tensors: Readonly<Record<B, Tensor>>,
  options: { readonly params: Readonly<Record<P, number>>; readonly grid: Dispatch; readonly flop: number },
): Task {
  const { params, grid, flop } = options;
  const names = Object.keys(tensors) as B[];
  return {
    uses: names.map((name) => tensors[name]),
    flop,
    async bind({ gpu, at }) {
      const buffers = Object.fromEntries(names.map((name) => [name, at(tensors[name])])) as Record<B, Place>;
      return [dispatch(await gpu.kernels.bind(spec, { buffers, params, grid }), flop)];
    },
  };
}

/** What an operation's backward asks for. */
export interface Gradients {
  /** The whole gradient of what the operation wrote. */
  of(y: Tensor): Tensor;
  /** Where the gradient of what it read goes: = for the first that writes it, += (add 1) for the others; null where none is needed. */
  to(x: Tensor): { readonly into: Tensor; readonly add: 0 | 1 } | null;
}

interface Operation {
  readonly writes: readonly Tensor[];
  readonly forward: readonly Task[];
  readonly backward: (gradients: Gradients) => readonly Task[];
}

/** A tape in both directions, with the gradients that come from outside or go there, by the tensor that they belong to. */
export interface Schedule {
  readonly forward: readonly Task[];
  readonly backward: readonly Task[];
  readonly gradients: ReadonlyMap<Tensor, Tensor>;
}

/**
 * A network as the list of its operations. Layers are functions that append to it, forward only and each with its own backward;
 * the order of the whole backward, and which of several readers' gradients is written and which are added, follow from the tape.
 */
export class Tape {
  readonly #operations: Operation[] = [];

  /** Data, or parameters that stay: nothing comes back to it. */
  data(name: string, shape: readonly number[]): Tensor {
    return { name, shape, trained: false, given: true };
  }

  parameter(name: string, shape: readonly number[]): Tensor {
    return { name, shape, trained: true, given: true };
  }

  /** What an operation on some tensors will write. */
  made(name: string, shape: readonly number[], inputs: readonly Tensor[]): Tensor {
    return { name, shape, trained: inputs.some(({ trained }) => trained), given: false };
  }

  /** Memory of one operation, of which only it knows. */
  scratch(name: string, shape: readonly number[]): Tensor {
    return { name, shape, trained: false, given: false };
  }

  /** Appends an operation. Its backward is asked for after that of everything that read `writes`. */
  push(
    writes: readonly Tensor[],
    forward: readonly Task[],
    backward: (gradients: Gradients) => readonly Task[] = () => [],
  ): void {
    this.#operations.push({ writes, forward, backward });
  }

  /**
   * Both directions. The gradients of `heads` come from outside, and those of their other readers are added to them in place.
   * @param heads nothing: forward only
   */
  schedule(heads: readonly Tensor[] = []): Schedule {
    const gradients = new Map<Tensor, Tensor>();
    const gradientOf = (x: Tensor): Tensor => {
      const known = gradients.get(x) ?? { name: `d ${x.name}`, shape: x.shape, trained: false, given: false };
      gradients.set(x, known);
      return known;
    };
    for (const head of heads) gradientOf(head);
    const backward: Task[] = [];
    for (const operation of this.#operations.toReversed()) {
      if (!operation.writes.some((y) => gradients.has(y))) continue;
      for (const y of operation.writes) if (!gradients.has(y)) backward.push(zeroTask(gradientOf(y)));
      const tasks = operation.backward({
        of: gradientOf,
        to(x) {
          if (!x.trained) return null;
          const add = gradients.has(x) ? 1 : 0;
          return { into: gradientOf(x), add };
        },
      });
      backward.push(...tasks);
    }
    return { forward: this.#operations.flatMap(({ forward }) => forward), backward, gradients };
  }
}

/** An output that nobody read, beside one that somebody did. */
const zeroTask = (gradient: Tensor): Task => ({
  uses: [gradient],
  flop: lengthOf(gradient),
  bind: async ({ at }) => [{ kind: "clear", at: at(gradient), flop: lengthOf(gradient) }],
});
