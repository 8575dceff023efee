import gatherWindows from "../../shaders/nn/gather_windows.wgsl";
import { AlignmentLoss } from "../alignment/alignment_loss.ts";
import { planLoss } from "../alignment/loss_plan.ts";
import { traitsOf } from "../alignment/losses.ts";
import { type Gpu, guarded, openScope } from "../gpu/gpu.ts";
import { dispatch, type Pause, type Step, submitFlop, submitSteps, VALUE_FLOP } from "../gpu/steps.ts";
import { ceil4 } from "../kernels/product.ts";
import { initialLayer, type Layer, layerLength } from "../student/parameters.ts";
import {
  Projector,
  type ProjectorConfig,
  projectorBytes,
  projectorFlop,
  projectorLayers,
} from "../student/projector.ts";
import { Random } from "../student/random.ts";
import { augmented } from "../student/trunk.ts";
import { type AlignData, cutWindows, drawWindows, motionMask, studentInput, windowFrames } from "./align_data.ts";
import { type AlignMeasurement, Measure, measureBytes } from "./measure.ts";
import { NumbersRing, type StepNumbers } from "./numbers.ts";
import { Optimizer, optimizerBytes } from "./optimizer.ts";
import type { Recipe } from "./recipe.ts";
import type { Trainable, TrainableState } from "./session.ts";

/** The student that a recipe makes for a clip. */
export const projectorConfig = ({ hidden }: Recipe, { patch, C }: Pick<AlignData, "patch" | "C">): ProjectorConfig => ({
  inputs: 3 * patch * patch,
  hidden: [hidden[0], hidden[1], hidden[2]],
  outputs: C,
});

/** The state that a recipe starts from: parameters drawn from the seed, then the windows go on with the same generator. */
export function initialState(recipe: Recipe, layers: readonly Layer[]): TrainableState {
  const random = new Random(recipe.seed);
  const parameters = layers.map((layer) => initialLayer(layer, () => random.next()));
  const zeros = parameters.map(({ length }) => new Float32Array(length));
  return { step: 0, random: random.state, tensors: { parameters, m: zeros, v: zeros, ema: parameters } };
}

/** What a run takes, before anything is allocated. */
export interface RunCost {
  readonly parameters: number;
  readonly bytes: number;
  readonly flopPerStep: number;
}

type Shape = Pick<AlignData, "grid" | "patch" | "C">;

/** @throws RangeError when the loss does not fit its budget */
export function runCost(recipe: Recipe, data: Shape): RunCost {
  const config = projectorConfig(recipe, data);
  const grid = batchGrid(recipe, data);
  const lengths = projectorLayers(config).map(layerLength);
  const { B, F, H, W } = grid;
  const S = H * W;
  const N = F * S;
  const shape = { B, F, S, Ct: data.C, Cs: data.C };
  const plan = planLoss({ kind: recipe.loss, shape, rho: recipe.rho }, Number.POSITIVE_INFINITY);
  const clip = 4 * data.grid.F * S * (augmented(config.inputs) + data.C);
  const batch = 4 * ceil4(B * N) * (augmented(config.inputs) + data.C);
  const student = projectorBytes(config, grid);
  const products = traitsOf(recipe.loss).compares === "tokens" ? 0 : B * plan.room * N * data.C * 2;
  const halves = masked(recipe) ? 3 : 1.5;
  return {
    parameters: lengths.reduce((a, b) => a + b, 0),
    bytes: clip + batch + student + plan.bytes + optimizerBytes(lengths) + measureBytes(recipe, data.grid, config),
    flopPerStep: projectorFlop(config, grid) + halves * products,
  };
}

/** Whether only moving tokens ask. */
const masked = ({ loss }: Recipe): boolean => traitsOf(loss).queries === "moving";

const batchGrid = (recipe: Recipe, { grid }: Pick<AlignData, "grid">) => ({
  B: recipe.batch.windows,
  F: windowFrames(recipe),
  H: grid.H,
  W: grid.W,
});

/** The parts of a run that are bound once. */
interface Parts {
  readonly windows: GPUBuffer;
  readonly gather: readonly Step[];
  readonly projector: Projector;
  readonly loss: AlignmentLoss;
  readonly backward: readonly Step[];
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
  #windows = "";

  /** Allocates, compiles and loads the state. @throws GpuError | RangeError with one sentence; nothing stays allocated then */
  static async create(gpu: Gpu, recipe: Recipe, data: AlignData, state: TrainableState): Promise<AlignRun> {
    const scope = openScope(gpu);
    const { F, H, W } = data.grid;
    try {
      const parts = await guarded(gpu.device, `training on ${F}×${H}×${W} tokens`, () =>
        createParts(scope, recipe, data),
      );
      const { parameters, m, v, ema } = state.tensors;
      parts.optimizer.write({ parameters, m, v, ema });
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
    const { gather, projector, loss, backward, optimizer, update, numbers } = this.#parts;
    this.#before.set(t, this.#random.state);
    const windows = drawWindows(this.#recipe, this.#data.tubelet, this.#random);
    optimizer.begin(t);
    const moved = windows.join() !== this.#windows;
    if (moved) this.#move(windows);
    const steps = [...(moved ? gather : []), ...projector.forward, ...loss.steps(), ...backward, ...update];
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
      if (!bad || before === undefined) continue;
      // The optimiser skipped every update since; rewind the generator to before this step.
      this.#random.state = before;
      this.#step = step - 1;
      break;
    }
    return found;
  }

  async save(): Promise<TrainableState> {
    const tensors = await this.#parts.optimizer.read();
    // The staging buffer has grown to the size of all tensors, which nothing else needs.
    this.#gpu.readback.destroy();
    return { step: this.#step, random: this.#random.state, tensors };
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
  const flopPerSubmit = submitFlop(gpu);
  const config = projectorConfig(recipe, data);
  const layers = projectorLayers(config);
  const grid = batchGrid(recipe, data);
  const { B, F, H, W } = grid;
  const rows = B * F * H * W;
  const stride = augmented(config.inputs);
  const optimizer = new Optimizer(gpu, layers.map(layerLength), recipe);
  const clip = buffers.upload("clip patches", studentInput(data, recipe.trainFrames, stride));
  const clipTeacher = buffers.upload("clip teacher", data.teacher);
  const input = buffers.create("batch patches", 4 * ceil4(rows) * stride);
  const teacher = buffers.create("batch teacher", 4 * rows * data.C);
  const windows = buffers.create("windows", 8 * B);
  const gather: Step[] = [];
  for (const { from, to, ld, p, pixels } of [
    { from: clip, to: input, ld: stride, p: data.patch, pixels: config.inputs },
    { from: clipTeacher, to: teacher, ld: data.C, p: 1, pixels: 0 },
  ]) {
    const kernel = await gpu.kernels.bind(gatherWindows, {
      buffers: { clip: from, windows, out: to },
      params: { rows, frames: F, H, W, ld, p, pixels },
      grid: [Math.ceil(ld / gatherWindows.constants.WORKGROUP), rows],
    });
    gather.push(dispatch(kernel, VALUE_FLOP.plain * rows * ld));
  }
  const { parameters, ema } = optimizer.tensors;
  const projector = await Projector.create(gpu, { config, grid, input, weights: parameters, flopPerSubmit });
  const { loss: kind, tau, rho, margin } = recipe;
  const shape = { B, F, S: H * W, Ct: data.C, Cs: data.C };
  const sides = { teacher, student: projector.output };
  const loss = await AlignmentLoss.create(gpu, { kind, shape, ...sides, tau, rho, margin, flopPerSubmit });
  const backward = await projector.bindBackward(loss.dStudent, optimizer.gradients);
  const update = await optimizer.bind(loss.loss);
  const numbers = new NumbersRing(gpu);
  const weights = recipe.evaluate === "ema" ? ema : parameters;
  const scratch = { config, clip, weights, unfolded: projector.unfolded, flopPerSubmit };
  const measure = await Measure.create(gpu, { ...scratch, recipe, data, clipTeacher });
  return { windows, gather, projector, loss, backward, optimizer, update, numbers, measure };
}
