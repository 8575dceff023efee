import type { Gpu } from "../gpu/gpu.ts";
import type { Place } from "../gpu/places.ts";
import { lengthOf, type Tensor } from "./tape.ts";

/** How PyTorch's file has a tensor: as ours is; [O, K] for our [K, O]; [Co, Ci, 3, 3, 3] for our [27, Ci, Co]. */
export type FileLayout = "plain" | "linear" | "conv";

/** A tensor that is trained. */
export interface Parameter {
  /** PyTorch's. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly layout: FileLayout;
}

/** A stretch of an arena, in floats. */
export interface Stretch {
  readonly offset: number;
  readonly length: number;
}

/** Bindings begin at multiples of 256 bytes. */
const align = (floats: number): number => Math.ceil(floats / 64) * 64;

/** Where each parameter lies in one buffer of all, those of a group together. The floats between two of them stay zero. */
export class ArenaLayout<G extends string = string> {
  readonly parameters: readonly Parameter[];
  readonly groups: ReadonlyMap<G, Stretch & { readonly members: readonly Parameter[] }>;
  /** Floats. */
  readonly length: number;
  readonly #stretches = new Map<string, Stretch>();

  /** @param groupOf the group of a parameter, in which an optimiser treats all alike */
  constructor(parameters: readonly Parameter[], groupOf: (parameter: Parameter) => G) {
    this.parameters = parameters;
    const groups = new Map<G, Stretch & { members: Parameter[] }>();
    for (const parameter of parameters) {
      const group = groupOf(parameter);
      const members = [...(groups.get(group)?.members ?? []), parameter];
      groups.set(group, { offset: 0, length: 0, members });
    }
    let offset = 0;
    for (const [group, { members }] of groups) {
      const start = offset;
      for (const parameter of members) {
        this.#stretches.set(parameter.name, { offset, length: lengthOf(parameter) });
        offset += align(lengthOf(parameter));
      }
      groups.set(group, { members, offset: start, length: offset - start });
    }
    this.groups = groups;
    this.length = offset;
  }

  /** @throws Error for a name that it does not hold */
  of(name: string): Stretch {
    const stretch = this.#stretches.get(name);
    if (!stretch)
      throw new Error(`there is no parameter "${name}": there are ${[...this.#stretches.keys()].join(", ")}`);
    return stretch;
  }

  /** The values of one parameter in an array of all. */
  view(all: Float32Array<ArrayBuffer>, name: string): Float32Array<ArrayBuffer> {
    const { offset, length } = this.of(name);
    return all.subarray(offset, offset + length);
  }
}

/** What is kept of every parameter between two steps, and what a checkpoint holds. */
export const STATES = ["parameters", "m", "v", "ema"] as const;
export type StateName = (typeof STATES)[number];

/** All values of each state, laid out as the arena is. */
export type ArenaState = Readonly<Record<StateName, Float32Array<ArrayBuffer>>>;

/** Parameters, gradients, both moments and the average as one buffer each. They belong to the scope that `gpu` is. */
export class Arena<G extends string = string> {
  readonly buffers: Readonly<Record<StateName | "gradients", GPUBuffer>>;
  readonly #gpu: Gpu;

  constructor(
    gpu: Gpu,
    readonly layout: ArenaLayout<G>,
  ) {
    const make = (label: string) => gpu.buffers.create(label, 4 * layout.length);
    this.#gpu = gpu;
    this.buffers = {
      parameters: make("parameters"),
      gradients: make("gradients"),
      m: make("moment 1"),
      v: make("moment 2"),
      ema: make("average"),
    };
  }

  /** Places of a model's parameters, or of their gradients, by tensor. */
  places(tensors: Iterable<Tensor>, of: StateName | "gradients"): Map<Tensor, Place> {
    return new Map([...tensors].map((tensor) => [tensor, this.part(of, this.layout.of(tensor.name))]));
  }

  part(of: StateName | "gradients", { offset, length }: Stretch): GPUBufferBinding {
    return { buffer: this.buffers[of], offset: 4 * offset, size: 4 * length };
  }

  write(state: ArenaState): void {
    for (const name of STATES) this.#gpu.device.queue.writeBuffer(this.buffers[name], 0, state[name]);
  }

  /** Everything that `write` takes, after all steps submitted so far. */
  async read(): Promise<ArenaState> {
    const parts = STATES.map((name) => ({ buffer: this.buffers[name], bytes: 4 * this.layout.length }));
    const [parameters, m, v, ema] = await this.#gpu.readback.readAll(parts);
    return { parameters, m, v, ema };
  }
}

/** Bytes of an arena. */
export const arenaBytes = ({ length }: ArenaLayout): number => 20 * length;
