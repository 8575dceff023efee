import * as sum from "../../../shaders/nn/add.wgsl";
import stepLosses from "../../../shaders/optim/step_losses.wgsl";
import { traitsOf } from "../../alignment/losses.ts";
import { type Gpu, guarded, openScope } from "../../gpu/gpu.ts";
import { foldRows, groups } from "../../gpu/kernels.ts";
import { dispatch, type Pause, type Step, submitFlop, submitSteps } from "../../gpu/steps.ts";
import { Arena } from "../../nn/arena.ts";
import { type ForwardInput, StudentForward } from "../../student/forward.ts";
import { NumbersRing, type StepNumbers } from "../numbers.ts";
import { Optimizer } from "../optimizer.ts";
import type { PreparedClip } from "../prepared_clip.ts";
import type { Trainable, TrainableState } from "../session.ts";
import { type ActivationView, type TensorView, viewActivation, viewTensors } from "./atlas.ts";
import { balanced, type Joint, readJoint } from "./balance.ts";
import { clipOrder, makeBatches } from "./batch.ts";
import { Drawing, type DrawnClip, type DrawPlan } from "./drawing.ts";
import type { StudentRecipe } from "./recipe.ts";
import type { Lend, Share, SharedScratch } from "./scratch.ts";
import { stepLayout } from "./start.ts";
import { DiffusionStep, type StepBatch, type StepDesign } from "./step.ts";

/** models/pretrain's β2. */
const BETA2 = 0.95;

/** What a run needs beside its recipe. */
export interface RunSetup {
  readonly recipe: StudentRecipe;
  readonly design: StepDesign;
  /** Clip `index` of the task, 0 … recipe.clips − 1; waits until it is prepared. The same index, the same clip. */
  clip(index: number): Promise<PreparedClip>;
  /** Which clips are drawn to be looked at. */
  readonly draw: DrawPlan;
  /** Memory that it shares with other runs, whose steps are taken in turn with its own; nothing: all is its own. */
  readonly scratch?: SharedScratch;
}

/** A look at what the student draws, and at both losses' gradients when λ was last moved. */
export interface DiffusionLook {
  readonly drawn: readonly DrawnClip[];
  readonly joint: Joint | null;
}

/** What a step says beside its loss, in the order of step_losses.wgsl. */
export function partsOf({ more: [, diffusion, alignment, lambda] }: Pick<StepNumbers, "more">) {
  return { diffusion, alignment, lambda };
}

/** λ, and both losses' gradients by which it was moved last; null before that, and where it is fixed. */
interface Balance {
  readonly lambda: number;
  readonly joint: Joint | null;
}

interface Parts {
  readonly step: DiffusionStep;
  readonly optimizer: Optimizer;
  readonly arena: Arena;
  readonly update: readonly Step[];
  readonly numbers: NumbersRing;
  /** After the first micro-batch, and after each other. */
  readonly after: { readonly first: readonly Step[]; readonly other: readonly Step[]; readonly last: readonly Step[] };
}

/** Fine-tuning of the diffusion student: L = L_diffusion + λ L_alignment (eq. 14). Bound once; a step allocates nothing. */
export class DiffusionRun implements Trainable<DiffusionLook> {
  readonly #gpu: Gpu;
  readonly #setup: RunSetup;
  readonly #parts: Parts;
  readonly #share: Share | undefined;
  readonly #order: (k: number) => number;
  /** λ, and what it was moved by, before each step whose numbers are not in yet. */
  readonly #before = new Map<number, Balance>();
  #drawing: Drawing | null = null;
  /** What looks into the student, once somebody has asked. */
  #inside: StudentForward | null = null;
  /** The first clip of the last step. */
  #seen: ForwardInput | null = null;
  #step: number;
  #balance: Balance;
  /** Whether a step gave numbers that are none. */
  #broken = false;

  /** Allocates, compiles and loads the state. @throws GpuError | RangeError with one sentence; nothing stays allocated then */
  static async create(gpu: Gpu, setup: RunSetup, state: TrainableState): Promise<DiffusionRun> {
    const scope = openScope(gpu);
    const { width, depth } = setup.design.shape;
    const share = setup.scratch?.join();
    try {
      const parts = await guarded(gpu.device, `training a student of ${width} × ${depth}`, () =>
        createParts(scope, setup, share?.lend),
      );
      parts.arena.write(state.tensors);
      return new DiffusionRun(scope, setup, parts, state, share);
    } catch (error) {
      scope.destroy();
      share?.giveUp();
      throw error;
    }
  }

  private constructor(
    gpu: Gpu,
    setup: RunSetup,
    parts: Parts,
    { step, lambda = 0, joint = null }: TrainableState,
    share: Share | undefined,
  ) {
    const { recipe } = setup;
    this.#gpu = gpu;
    this.#setup = setup;
    this.#parts = parts;
    this.#share = share;
    this.#order = clipOrder(recipe.seed, recipe.clips);
    this.#step = step;
    this.#balance = { lambda: recipe.lambda ?? lambda, joint };
  }

  /** Bytes on the device. */
  get bytes(): number {
    return this.#gpu.buffers.bytes;
  }

  /** The clips that step t reads. */
  clipsOf(t: number): number[] {
    const { batch, accumulate } = this.#setup.recipe;
    const count = batch * accumulate;
    return Array.from({ length: count }, (_, i) => this.#order((t - 1) * count + i));
  }

  async step(t: number, pause: Pause): Promise<void> {
    const { optimizer, update, numbers, after, step } = this.#parts;
    const { recipe } = this.#setup;
    const batches = await this.#batches(t);
    this.#seen = firstClip(batches[0], this.#setup.design);
    const started = performance.now();
    this.#before.set(t, this.#balance);
    const stopped = recipe.stop > 0 && t > recipe.stop;
    if (this.#balances(t) && !stopped) await this.#moveLambda(batches[0], pause);
    const lambda = (stopped ? 0 : this.#balance.lambda) / batches.length;
    optimizer.begin(t);
    for (const [i, batch] of batches.entries()) {
      step.write({ ...batch, lambda });
      const tail = i === 0 ? after.first : i === batches.length - 1 ? after.last : after.other;
      await this.#submit([...step.steps(), ...tail], pause);
    }
    await this.#submit(update, pause);
    if (!this.#broken) this.#step = t;
    await numbers.take(t, started, optimizer.guard);
  }

  async collect(all: boolean): Promise<StepNumbers[]> {
    const found = await this.#parts.numbers.collect(all);
    for (const { step, bad } of found) {
      const before = this.#before.get(step);
      this.#before.delete(step);
      // The optimiser skips every update since the first bad one: the numbers of those that follow are bad, too, and may come in later.
      if (!bad || before === undefined || this.#broken) continue;
      this.#broken = true;
      this.#balance = before;
      this.#step = step - 1;
      break;
    }
    return found;
  }

  /** Draws the clips that are looked at, with the averaged weights. */
  async measure(pause: Pause): Promise<DiffusionLook> {
    const { draw, design } = this.#setup;
    const { joint } = this.#balance;
    if (draw.clips.length === 0) return { drawn: [], joint };
    this.#drawing ??= await Drawing.create(this.#gpu, design.shape, this.#parts.arena);
    return { drawn: await this.#drawing.draw(draw, pause), joint };
  }

  async save(): Promise<TrainableState> {
    const tensors = await this.#parts.arena.read();
    // The staging buffer has grown to the size of all tensors, which nothing else needs.
    this.#gpu.readback.destroy();
    return { step: this.#step, random: this.#setup.recipe.seed, tensors, ...this.#balance };
  }

  /** Every parameter, and its gradient of the last step that was taken on this device, before clipping. */
  async tensors(): Promise<TensorView[]> {
    const { layout, buffers } = this.#parts.arena;
    const parts = [buffers.parameters, buffers.gradients].map((buffer) => ({ buffer, bytes: 4 * layout.length }));
    const [parameters, gradients] = await this.#gpu.readback.readAll(parts);
    return viewTensors(layout, parameters, gradients);
  }

  /** What the student makes of a clip after a block, by the weights as they are: the video rows of its stream [F, S, width]. */
  async featuresOf(input: ForwardInput, block: number, pause: Pause): Promise<Float32Array> {
    const { words, width } = this.#setup.design.shape;
    return (await this.#streams(input, pause))[block - 1].slice(words * width);
  }

  /** The averaged weights as they are when it runs, for so many clips at once; whoever asks for it destroys it. */
  averaged(B: number): Promise<StudentForward> {
    const { shape } = this.#setup.design;
    return StudentForward.create(this.#gpu, { shape, B, block: shape.depth, weights: "ema" }, this.#parts.arena);
  }

  /** The stream after every block, for the first clip of the last step in its noise, by the weights as they are; none before a step. */
  async activations(pause: Pause): Promise<ActivationView[]> {
    if (!this.#seen) return [];
    const { words, frames, rows, width } = this.#setup.design.shape;
    const shape = [words + frames * rows ** 2, width];
    const streams = await this.#streams(this.#seen, pause);
    return streams.map((values, i) => viewActivation(`stream after block ${i + 1}`, shape, values));
  }

  async #streams(input: ForwardInput, pause: Pause): Promise<Float32Array[]> {
    const { shape } = this.#setup.design;
    const options = { shape, B: 1, block: shape.depth, weights: "parameters", inside: true } as const;
    this.#inside ??= await StudentForward.create(this.#gpu, options, this.#parts.arena);
    return (await this.#inside.run(input, pause)).streams;
  }

  destroy(): void {
    this.#gpu.destroy();
    this.#share?.letGo();
  }

  /** The clips of step t, as micro-batches. */
  async #batches(t: number): Promise<StepBatch[]> {
    const { recipe, design, clip } = this.#setup;
    const clips: PreparedClip[] = [];
    for (const index of this.clipsOf(t)) clips.push(await clip(index));
    const masked = design.alignment ? traitsOf(design.alignment.loss).queries === "moving" : false;
    return makeBatches(recipe, design, t, clips, masked);
  }

  #balances(t: number): boolean {
    const { recipe, design } = this.#setup;
    return design.alignment !== undefined && recipe.share !== null && (t - 1) % recipe.balanceEvery === 0;
  }

  /** One pass over a batch that changes no parameter: it only says how large both gradients are. */
  async #moveLambda(batch: StepBatch, pause: Pause): Promise<void> {
    const { step } = this.#parts;
    const { recipe, design } = this.#setup;
    const { lambda } = this.#balance;
    const tried = lambda > 0 ? lambda : 1;
    const own = { ...batch };
    delete own.asked;
    step.write({ ...own, lambda: tried });
    await this.#submit(step.steps(), pause);
    const joint = await readJoint(this.#gpu, step, design, tried);
    const next = balanced(lambda, recipe.share ?? 0, joint);
    // What is not finite is for the step itself to say.
    this.#balance = { lambda: Number.isFinite(next) ? next : lambda, joint };
  }

  #submit(steps: readonly Step[], pause: Pause): Promise<void> {
    return submitSteps(this.#gpu, "training", steps, submitFlop(this.#gpu), pause);
  }
}

/** The first clip of a batch, as a forward reads it. */
function firstClip({ x, t, words, given }: StepBatch, { shape, B }: StepDesign): ForwardInput {
  const own = Array.from(words).slice(0, shape.words);
  return { x: x.slice(0, x.length / B), t: [t[0]], words: own, given: [given[0]] };
}

async function createParts(gpu: Gpu, { recipe, design }: RunSetup, lend: Lend | undefined): Promise<Parts> {
  const { buffers, kernels } = gpu;
  const layout = stepLayout(design, recipe.optimizer);
  const arena = new Arena(gpu, layout);
  const step = await DiffusionStep.create(gpu, design, arena, lend);
  const optimizer = new Optimizer(gpu, arena, { ...recipe, lambda: 1, beta2: BETA2 });
  const losses = buffers.create("losses of the step", 16);
  const update = await optimizer.bind({ buffer: losses, size: 4 });
  const none = buffers.create("no alignment", 4);
  const collectLosses = async (add: 0 | 1): Promise<Step> => {
    const kernel = await kernels.bind(stepLosses, {
      buffers: { clips: step.clips, alignment: step.alignment ?? none, lambda: step.lambda ?? none, losses },
      params: { B: design.B, k: recipe.accumulate, add },
      grid: [1],
    });
    return dispatch(kernel, design.B);
  };
  const numbers = new NumbersRing(gpu, losses);
  const [first, other] = [await collectLosses(0), await collectLosses(1)];
  if (recipe.accumulate === 1) {
    return { step, optimizer, arena, update, numbers, after: { first: [first], other: [other], last: [other] } };
  }
  const { gradients } = arena.buffers;
  const total = buffers.create("summed gradients", gradients.size);
  const n = layout.length;
  const grid = foldRows(groups(n));
  const bindAdd = async (dy: GPUBuffer, dx: GPUBuffer): Promise<Step> =>
    dispatch(await kernels.bind(sum.backward, { buffers: { dy, dx }, params: { n, add: 1 }, grid }), n);
  const keep: Step = { kind: "copy", from: gradients, to: total, bytes: gradients.size, flop: n };
  const after = {
    first: [first, keep],
    other: [other, await bindAdd(gradients, total)],
    last: [other, await bindAdd(total, gradients)],
  };
  return { step, optimizer, arena, update, numbers, after };
}
