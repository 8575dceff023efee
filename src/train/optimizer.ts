import adamw from "../../shaders/optim/adamw.wgsl";
import ema from "../../shaders/optim/ema.wgsl";
import globalNorm from "../../shaders/optim/global_norm.wgsl";
import squareSums from "../../shaders/optim/square_sums.wgsl";
import type { Gpu } from "../gpu/gpu.ts";
import { foldRows } from "../gpu/kernels.ts";
import { dispatch, type Step } from "../gpu/steps.ts";

/** PyTorch's defaults. */
export const ADAMW = { beta1: 0.9, beta2: 0.999, eps: 1e-8 } as const;

export interface OptimizerOptions {
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly clipNorm: number;
  readonly emaDecay: number;
  /** Weight of the loss. */
  readonly lambda: number;
}

/** What the optimiser keeps of every tensor, and what a checkpoint holds of it. */
export const STATES = ["parameters", "m", "v", "ema"] as const;
export type StateName = (typeof STATES)[number];

/** Values of one partial sum of squares: few enough that the last sum is short, enough that there are thousands of threads. */
const PER_THREAD = 256;
const WORKGROUP = adamw.constants.WORKGROUP;

/** Bytes of an optimiser: parameters, gradients, two moments and the average. */
export const optimizerBytes = (lengths: readonly number[]): number =>
  lengths.reduce((sum, length) => sum + 20 * length + 4 * Math.ceil(length / PER_THREAD), 32);

/**
 * Clipping by the global norm, AdamW and the moving average over a list of tensors. Knows no layers: a student hands in its
 * tensors' lengths and writes its gradients into `gradients`.
 */
export class Optimizer {
  readonly tensors: Readonly<Record<StateName, readonly GPUBuffer[]>>;
  /** = in every step, by the student's backward. */
  readonly gradients: readonly GPUBuffer[];
  /** [4] norm, scale, loss, bad: what a step says of itself (global_norm.wgsl). */
  readonly guard: GPUBuffer;
  readonly #gpu: Gpu;
  readonly #lengths: readonly number[];
  readonly #options: OptimizerOptions;
  readonly #schedule: GPUBuffer;
  readonly #partials: GPUBuffer;

  constructor(gpu: Gpu, lengths: readonly number[], options: OptimizerOptions) {
    const make = (name: string) => lengths.map((length, i) => gpu.buffers.create(`${name} ${i}`, 4 * length));
    this.#gpu = gpu;
    this.#lengths = lengths;
    this.#options = options;
    this.tensors = { parameters: make("parameters"), m: make("moment 1"), v: make("moment 2"), ema: make("average") };
    this.gradients = make("gradient");
    this.guard = gpu.buffers.create("step guard", 16);
    this.#schedule = gpu.buffers.create("optimiser schedule", 16);
    this.#partials = gpu.buffers.create("partial norms", 4 * this.#threads.reduce((a, b) => a + b, 0));
  }

  get #threads(): number[] {
    return this.#lengths.map((length) => Math.ceil(length / PER_THREAD));
  }

  /** Binds the update that follows the backward of `loss` [1]. */
  async bind(loss: GPUBuffer): Promise<readonly Step[]> {
    const { kernels } = this.#gpu;
    const { lambda, clipNorm, weightDecay } = this.#options;
    const { guard, gradients, tensors } = this;
    const [partials, schedule] = [this.#partials, this.#schedule];
    const steps: Step[] = [];
    const add = (...[kernel, flop]: Parameters<typeof dispatch>) => steps.push(dispatch(kernel, flop));
    let offset = 0;
    for (const [i, n] of this.#lengths.entries()) {
      const threads = this.#threads[i];
      const buffers = { values: gradients[i], partials };
      const grid = [Math.ceil(threads / squareSums.constants.WORKGROUP)] as const;
      add(await kernels.bind(squareSums, { buffers, params: { n, threads, offset }, grid }), 2 * n);
      offset += threads;
    }
    const norm = { count: offset, lambda, clip: clipNorm };
    add(await kernels.bind(globalNorm, { buffers: { partials, loss, guard }, params: norm, grid: [1] }), offset);
    for (const [i, n] of this.#lengths.entries()) {
      const grid = foldRows(Math.ceil(n / WORKGROUP));
      const [p, m, v] = [tensors.parameters[i], tensors.m[i], tensors.v[i]];
      const update = { buffers: { gradient: gradients[i], guard, schedule, p, m, v }, grid };
      add(await kernels.bind(adamw, { ...update, params: { n, ...ADAMW, decay: weightDecay } }), 16 * n);
      const average = { buffers: { p, guard, schedule, ema: tensors.ema[i] }, params: { n }, grid };
      add(await kernels.bind(ema, average), 4 * n);
    }
    return steps;
  }

  /** Sets what depends on the step, counted from 1; comes before the step's submits. */
  begin(t: number): void {
    const { learningRate, emaDecay } = this.#options;
    // An average that starts from the first parameters would remember them for 1 / (1 − d) steps: it warms up instead.
    const decay = Math.min(emaDecay, t / (t + 9));
    const step = learningRate / (1 - ADAMW.beta1 ** t);
    const schedule = Float32Array.of(learningRate, step, Math.sqrt(1 - ADAMW.beta2 ** t), decay);
    this.#gpu.device.queue.writeBuffer(this.#schedule, 0, schedule);
  }

  /** Starts from these parameters: moments zero, the average equal to them. */
  start(parameters: readonly Float32Array<ArrayBuffer>[]): void {
    const zeros = parameters.map(({ length }) => new Float32Array(length));
    this.write({ parameters, m: zeros, v: zeros, ema: parameters });
  }

  write(state: Readonly<Record<StateName, readonly Float32Array<ArrayBuffer>[]>>): void {
    const { queue } = this.#gpu.device;
    for (const name of STATES) {
      for (const [i, buffer] of this.tensors[name].entries()) queue.writeBuffer(buffer, 0, state[name][i]);
    }
    queue.writeBuffer(this.guard, 0, new Float32Array(4));
  }

  /** Everything that `write` takes, after all steps submitted so far. */
  async read(): Promise<Record<StateName, Float32Array<ArrayBuffer>[]>> {
    const parts = STATES.flatMap((name) =>
      this.tensors[name].map((buffer, i) => ({ buffer, bytes: 4 * this.#lengths[i] })),
    );
    const read = await this.#gpu.readback.readAll(parts);
    const count = this.#lengths.length;
    const of = (name: StateName) => {
      const first = STATES.indexOf(name) * count;
      return read.slice(first, first + count).map((values) => values.slice());
    };
    return { parameters: of("parameters"), m: of("m"), v: of("v"), ema: of("ema") };
  }
}
