import adamw from "../../shaders/optim/adamw.wgsl";
import ema from "../../shaders/optim/ema.wgsl";
import globalNorm from "../../shaders/optim/global_norm.wgsl";
import squareSums from "../../shaders/optim/square_sums.wgsl";
import type { Gpu } from "../gpu/gpu.ts";
import { foldRows, groups } from "../gpu/kernels.ts";
import type { Place } from "../gpu/places.ts";
import { dispatch, type Step } from "../gpu/steps.ts";
import type { Arena, ArenaLayout, Parameter } from "../nn/arena.ts";
import { bindMuon, muonBytes } from "./muon.ts";
import { type OptimizerName, type RateSchedule, rateShare } from "./rates.ts";

/** PyTorch's defaults. */
export const ADAMW = { beta1: 0.9, beta2: 0.999, eps: 1e-8 } as const;

/** What is done with the parameters of a group: Muon with decay, AdamW with decay, AdamW without. */
export type GroupName = "muon" | "decayed" | "still";

/** As in models/pretrain: matrices decay, vectors do not. */
export const groupsOf =
  (optimizer: OptimizerName) =>
  ({ layout }: Pick<Parameter, "layout">): GroupName => {
    if (layout === "plain") return "still";
    return optimizer === "muon" && layout === "linear" ? "muon" : "decayed";
  };

export interface OptimizerOptions extends RateSchedule {
  readonly learningRate: number;
  /** Muon's; its steps are brought to the size of AdamW's, so that rates compare. */
  readonly muonRate: number;
  readonly weightDecay: number;
  readonly clipNorm: number;
  readonly emaDecay: number;
  /** Weight of the loss. */
  readonly lambda: number;
  /** AdamW's β2; nothing: PyTorch's default. */
  readonly beta2?: number;
}

/** Values of one partial sum of squares: few enough that the last sum is short, enough that there are thousands of threads. */
const PER_THREAD = 256;
/** Floats of a group's schedule, which begins at 256 bytes. */
const SCHEDULE = 64;

/** Bytes of an optimiser beside its arena. */
export function optimizerBytes({ length, groups }: ArenaLayout<GroupName>): number {
  const muon = groups.get("muon");
  return 4 * (Math.ceil(length / PER_THREAD) + SCHEDULE * groups.size + 4) + (muon ? muonBytes(muon.members) : 0);
}

/**
 * Clipping by the global norm, AdamW or Muon and the moving average over an arena. It knows groups and no tensors, so that the
 * number of its dispatches does not grow with them; only Muon's products do, with the shapes of its matrices.
 */
export class Optimizer {
  /** [4] norm, scale, loss, bad: what a step says of itself (global_norm.wgsl). */
  readonly guard: GPUBuffer;
  readonly #gpu: Gpu;
  readonly #arena: Arena<GroupName>;
  readonly #options: OptimizerOptions;
  readonly #adamw: { readonly beta1: number; readonly beta2: number; readonly eps: number };
  readonly #schedule: GPUBuffer;
  readonly #partials: GPUBuffer;

  constructor(gpu: Gpu, arena: Arena<GroupName>, options: OptimizerOptions) {
    this.#gpu = gpu;
    this.#arena = arena;
    this.#options = options;
    this.#adamw = { ...ADAMW, beta2: options.beta2 ?? ADAMW.beta2 };
    this.guard = gpu.buffers.create("step guard", 16);
    this.#schedule = gpu.buffers.create("optimiser schedule", 4 * SCHEDULE * arena.layout.groups.size);
    this.#partials = gpu.buffers.create("partial norms", 4 * Math.ceil(arena.layout.length / PER_THREAD));
  }

  /** Binds the update that follows the backward of `loss` [1]. */
  async bind(loss: Place): Promise<readonly Step[]> {
    const { kernels } = this.#gpu;
    const { lambda, clipNorm, weightDecay } = this.#options;
    const { guard } = this;
    const { layout, buffers } = this.#arena;
    const [partials, n] = [this.#partials, layout.length];
    const threads = Math.ceil(n / PER_THREAD);
    const squares = await kernels.bind(squareSums, {
      buffers: { values: buffers.gradients, partials },
      params: { n, threads },
      grid: [groups(threads)],
    });
    const norm = await kernels.bind(globalNorm, {
      buffers: { partials, loss, guard },
      params: { count: threads, lambda, clip: clipNorm },
      grid: [1],
    });
    const steps = [dispatch(squares, 2 * n), dispatch(norm, threads)];
    for (const [index, [name, group]] of [...layout.groups].entries()) {
      const schedule = { buffer: this.#schedule, offset: 4 * SCHEDULE * index, size: 16 };
      if (name === "muon") {
        steps.push(...(await bindMuon(this.#gpu, this.#arena, { group, decay: weightDecay, guard, schedule })));
        continue;
      }
      const [p, m, v] = (["parameters", "m", "v"] as const).map((state) => this.#arena.part(state, group));
      const gradient = this.#arena.part("gradients", group);
      const decay = name === "still" ? 0 : weightDecay;
      const update = await kernels.bind(adamw, {
        buffers: { gradient, guard, schedule, p, m, v },
        params: { n: group.length, ...this.#adamw, decay },
        grid: foldRows(groups(group.length)),
      });
      steps.push(dispatch(update, 16 * group.length));
    }
    const average = await kernels.bind(ema, {
      buffers: { p: buffers.parameters, guard, schedule: this.#schedule, ema: buffers.ema },
      params: { n },
      grid: foldRows(groups(n)),
    });
    return [...steps, dispatch(average, 4 * n)];
  }

  /** Sets what depends on the step, counted from 1; comes before the step's submits. */
  begin(t: number): void {
    const { learningRate, muonRate, emaDecay } = this.#options;
    // An average that starts from the first parameters would remember them for 1 / (1 − d) steps: it warms up instead.
    const decay = Math.min(emaDecay, t / (t + 9));
    const share = rateShare(this.#options, t);
    const names = [...this.#arena.layout.groups.keys()];
    const schedule = new Float32Array(SCHEDULE * names.length);
    for (const [index, name] of names.entries()) {
      const rate = share * (name === "muon" ? muonRate : learningRate);
      const step = rate / (1 - this.#adamw.beta1 ** t);
      schedule.set([rate, step, Math.sqrt(1 - this.#adamw.beta2 ** t), decay], SCHEDULE * index);
    }
    this.#gpu.device.queue.writeBuffer(this.#schedule, 0, schedule);
  }
}
