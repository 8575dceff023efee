import gatherWindows from "../../shaders/nn/gather_windows.wgsl";
import { AlignmentLoss } from "../alignment/alignment_loss.ts";
import { traitsOf } from "../alignment/losses.ts";
import { type Gpu, guarded, openScope } from "../gpu/gpu.ts";
import { groups } from "../gpu/kernels.ts";
import type { Place } from "../gpu/places.ts";
import { dispatch, type Pause, type Step, submitFlop, submitSteps, VALUE_FLOP } from "../gpu/steps.ts";
import { Arena } from "../nn/arena.ts";
import { bindPlan } from "../nn/memory.ts";
import { lengthOf, type Tensor } from "../nn/tape.ts";
import { Random } from "../student/random.ts";
import { type AlignData, cutWindows, drawWindows, motionMask, studentInput, windowFrames } from "./align_data.ts";
import { designRun, type RunDesign } from "./align_design.ts";
import { type AlignMeasurement, Measure } from "./measure.ts";
import { NumbersRing, type StepNumbers } from "./numbers.ts";
import { Optimizer } from "./optimizer.ts";
import type { Recipe } from "./recipe.ts";
import type { Trainable, TrainableState } from "./session.ts";

/** Whether only moving tokens ask. */
const masked = ({ loss }: Recipe): boolean => traitsOf(loss).queries === "moving";

/** The parts of a run that are bound once. */
interface Parts {
  readonly windows: GPUBuffer;
  readonly gather: readonly Step[];
  readonly student: { readonly forward: readonly Step[]; readonly backward: readonly Step[] };
  readonly loss: AlignmentLoss;
  readonly arena: Arena;
  readonly optimizer: Optimizer;
  readonly update: readonly Step[];
  readonly numbers: NumbersRing;
  readonly measure: Measure;
}

/** A projector that learns a clip's correspondences from its teacher. */
export class AlignRun implements Trainable<AlignMeasurement> {
  /** A scope of the device: everything of the run goes with it. */
  readonly #gpu: Gpu;
  readonly #recipe: Recipe;
  readonly #data: AlignData;
  readonly #parts: Parts;
  readonly #mask: Uint32Array;
  readonly #random: Random;
  /** The generator's state before each step whose numbers are not in yet. */
  readonly #before = new Map<number, number>();
  #step: number;
  /** What a checkpoint says once a step gave numbers that are none: the state before the first such step. */
  #kept: Pick<TrainableState, "step" | "random"> | null = null;
  #windows = "";

  /** Allocates, compiles and loads the state. @throws GpuError | RangeError with one sentence; nothing stays allocated then */
  static async create(gpu: Gpu, recipe: Recipe, data: AlignData, state: TrainableState): Promise<AlignRun> {
    const scope = openScope(gpu);
    const { F, H, W } = data.grid;
    try {
      const parts = await guarded(gpu.device, `training on ${F}×${H}×${W} tokens`, () =>
        createParts(scope, recipe, data),
      );
      parts.arena.write(state.tensors);
      return new AlignRun(scope, recipe, data, parts, state);
    } catch (error) {
      scope.destroy();
      throw error;
    }
  }

  private constructor(gpu: Gpu, recipe: Recipe, data: AlignData, parts: Parts, state: TrainableState) {
    this.#gpu = gpu;
    this.#recipe = recipe;
    this.#data = data;
    this.#parts = parts;
    this.#random = new Random(state.random);
    this.#step = state.step;
    this.#mask = masked(recipe) ? motionMask(data, recipe) : new Uint32Array();
  }

  measure(pause: Pause): Promise<AlignMeasurement> {
    return this.#parts.measure.run(pause);
  }

  /** The student's and the teacher's features, for queries. */
  get views(): Measure {
    return this.#parts.measure;
  }

  async step(t: number, pause: Pause): Promise<void> {
    const started = performance.now();
    const { gather, student, loss, optimizer, update, numbers } = this.#parts;
    this.#before.set(t, this.#random.state);
    const windows = drawWindows(this.#recipe, this.#data.tubelet, this.#random);
    optimizer.begin(t);
    const moved = windows.join() !== this.#windows;
    if (moved) this.#move(windows);
    const { forward, backward } = student;
    const steps = [...(moved ? gather : []), ...forward, ...loss.steps(), ...backward, ...update];
    await submitSteps(this.#gpu, "training", steps, submitFlop(this.#gpu), pause);
    this.#parts.measure.stale();
    this.#step = t;
    await numbers.take(t, started, optimizer.guard);
  }

  async collect(all: boolean): Promise<StepNumbers[]> {
    const found = await this.#parts.numbers.collect(all);
    for (const { step, bad } of found) {
      const before = this.#before.get(step);
      this.#before.delete(step);
      // The optimiser skips every update since the first bad one: the numbers of those that follow are bad, too, and may come in later.
      if (bad && before !== undefined) this.#kept ??= { step: step - 1, random: before };
    }
    return found;
  }

  async save(): Promise<TrainableState> {
    const tensors = await this.#parts.arena.read();
    // The staging buffer has grown to the size of all tensors, which nothing else needs.
    this.#gpu.readback.destroy();
    return { ...(this.#kept ?? { step: this.#step, random: this.#random.state }), tensors };
  }

  destroy(): void {
    this.#gpu.destroy();
  }

  /** Puts other windows into the batch: patches, teacher and mask follow. */
  #move(windows: Uint32Array<ArrayBuffer>): void {
    const { loss, windows: buffer } = this.#parts;
    this.#windows = windows.join();
    this.#gpu.device.queue.writeBuffer(buffer, 0, windows);
    loss.setTeacher();
    if (masked(this.#recipe)) {
      loss.setMask(cutWindows(this.#mask, windows, windowFrames(this.#recipe), this.#data.grid));
    }
  }
}

async function createParts(gpu: Gpu, recipe: Recipe, data: AlignData): Promise<Parts> {
  const { buffers } = gpu;
  const { layout, batch, plan, x, y, weights, measure: design, scratch: sizes } = designRun(recipe, data);
  const { B, F, H, W } = batch;
  const rows = B * F * H * W;
  const arena = new Arena(gpu, layout);
  const optimizer = new Optimizer(gpu, arena, recipe);
  const clip = buffers.upload("clip patches", studentInput(data, recipe.trainFrames));
  const clipTeacher = buffers.upload("clip teacher", data.teacher);
  const input = buffers.create("batch patches", 4 * lengthOf(x));
  const features = buffers.create("student features", 4 * lengthOf(y));
  const teacher = buffers.create("batch teacher", 4 * rows * data.C);
  const windows = buffers.create("windows", 8 * B);
  const scratch = sizes.map((bytes, i) => buffers.create(`activations ${i}`, bytes));
  const gather = [
    await bindGather(gpu, { clip, windows, out: input }, batch, data.patch),
    await bindGather(gpu, { clip: clipTeacher, windows, out: teacher }, batch, null),
  ];
  const { loss: kind, tau, rho, margin } = recipe;
  const shape = { B, F, S: H * W, Ct: data.C, Cs: data.C };
  const loss = await AlignmentLoss.create(gpu, { kind, shape, teacher, student: features, tau, rho, margin });
  const student = await bindPlan(gpu, plan, scratch, {
    values: new Map<Tensor, Place>([...arena.places(weights, "parameters"), [x, input], [y, features]]),
    gradients: new Map<Tensor, Place>([...arena.places(weights, "gradients"), [y, loss.dStudent]]),
  });
  const update = await optimizer.bind(loss.loss);
  const numbers = new NumbersRing(gpu);
  const looked = recipe.evaluate === "ema" ? "ema" : "parameters";
  const weightsOf = (tensors: readonly Tensor[]) => arena.places(tensors, looked);
  const measure = await Measure.create(gpu, { recipe, data, design, scratch, clip, clipTeacher, weights: weightsOf });
  return { windows, gather, student, loss, arena, optimizer, update, numbers, measure };
}

/** Cuts the batch's windows out of the clip; `patch` is the side of raw patches, null for features. */
async function bindGather(
  gpu: Gpu,
  buffers: { readonly clip: GPUBuffer; readonly windows: GPUBuffer; readonly out: GPUBuffer },
  { B, F, H, W }: RunDesign["batch"],
  patch: number | null,
): Promise<Step> {
  const rows = B * F * H * W;
  const ld = buffers.out.size / (4 * rows);
  const kernel = await gpu.kernels.bind(gatherWindows, {
    buffers,
    params: { frames: F, H, W, ld, p: patch ?? 1, pixels: patch === null ? 0 : ld },
    grid: [groups(ld), H * W, B * F],
  });
  return dispatch(kernel, VALUE_FLOP.plain * rows * ld);
}
