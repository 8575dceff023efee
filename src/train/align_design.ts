import { planLoss } from "../alignment/loss_plan.ts";
import { traitsOf } from "../alignment/losses.ts";
import { ArenaLayout, arenaBytes } from "../nn/arena.ts";
import { type MemoryPlan, planMemory, scheduleFlop, sharedSizes } from "../nn/memory.ts";
import { Tape, type Tensor } from "../nn/tape.ts";
import { firstValues, weightsOn } from "../student/parameters.ts";
import { type ProjectorConfig, projector, projectorParameters } from "../student/projector.ts";
import { Random } from "../student/random.ts";
import { type AlignData, windowFrames } from "./align_data.ts";
import { designMeasure, type MeasureDesign } from "./measure.ts";
import { type GroupName, groupsOf, optimizerBytes } from "./optimizer.ts";
import type { Recipe } from "./recipe.ts";
import type { TrainableState } from "./session.ts";

/** What the sizes of a run depend on. */
export type RunShape = Pick<AlignData, "grid" | "inputs" | "C">;

/** The student that a recipe makes for a clip. */
export const projectorConfig = (
  { hidden }: Recipe,
  { inputs, C }: Pick<RunShape, "inputs" | "C">,
): ProjectorConfig => ({
  inputs,
  hidden: [hidden[0], hidden[1], hidden[2]],
  outputs: C,
});

/** Where the student's parameters lie; a state is laid out like that. */
export const layoutOf = (recipe: Recipe, data: Pick<RunShape, "inputs" | "C">): ArenaLayout<GroupName> =>
  new ArenaLayout(projectorParameters(projectorConfig(recipe, data)), groupsOf(recipe.optimizer));

/** The state that a recipe starts from: parameters drawn from the seed, then the windows go on with the same generator. */
export function initialState(recipe: Recipe, data: Pick<RunShape, "inputs" | "C">): TrainableState {
  const random = new Random(recipe.seed);
  const layout = layoutOf(recipe, data);
  const parameters = firstValues(projectorParameters(projectorConfig(recipe, data)), layout, () => random.next());
  const zeros = new Float32Array(layout.length);
  return { step: 0, random: random.state, tensors: { parameters, m: zeros, v: zeros, ema: parameters } };
}

/** Everything of a run that is known before anything is allocated. */
export interface RunDesign {
  readonly config: ProjectorConfig;
  readonly layout: ArenaLayout<GroupName>;
  readonly batch: { readonly B: number; readonly F: number; readonly H: number; readonly W: number };
  /** The student in both directions. */
  readonly plan: MemoryPlan;
  /** Patches that go in, features that come out. */
  readonly x: Tensor;
  readonly y: Tensor;
  readonly weights: readonly Tensor[];
  readonly measure: MeasureDesign;
  /** Bytes of the buffers that training and looking at it share. */
  readonly scratch: readonly number[];
}

/** @throws RangeError for sizes that the layers cannot take */
export function designRun(recipe: Recipe, data: RunShape): RunDesign {
  const config = projectorConfig(recipe, data);
  const layout = layoutOf(recipe, data);
  const { H, W } = data.grid;
  const batch = { B: recipe.batch.windows, F: windowFrames(recipe), H, W };
  const t = new Tape();
  const { tensors: weights, layer } = weightsOn(t, layout.parameters, true);
  const x = t.data("batch patches", [batch.B, batch.F, H, W, config.inputs]);
  const y = projector(t, x, layer, { clips: batch.B, frames: batch.F, H, W });
  const plan = planMemory(t.schedule([y]), [y], [y, ...weights]);
  const measure = designMeasure(recipe, data.grid, config, layout.parameters);
  const scratch = sharedSizes([plan, ...measure.views.map((view) => view.plan)]);
  return { config, layout, batch, plan, x, y, weights, measure, scratch };
}

/** What a run takes, before anything is allocated. */
export interface RunCost {
  readonly parameters: number;
  readonly bytes: number;
  readonly flopPerStep: number;
}

/** @throws RangeError when the loss does not fit its budget, or a size is not possible */
export function runCost(recipe: Recipe, data: RunShape): RunCost {
  const { config, layout, batch, plan, measure, scratch } = designRun(recipe, data);
  const { B, F, H, W } = batch;
  const N = F * H * W;
  const shape = { B, F, S: H * W, Ct: data.C, Cs: data.C };
  const loss = planLoss({ kind: recipe.loss, shape, rho: recipe.rho }, Number.POSITIVE_INFINITY);
  const clip = 4 * data.grid.F * H * W * (config.inputs + data.C);
  const sides = 4 * B * N * (config.inputs + 2 * data.C);
  const shared = scratch.reduce((a, b) => a + b, 0);
  const { compares, queries } = traitsOf(recipe.loss);
  const products = compares === "tokens" ? 0 : B * loss.room * N * data.C * 2;
  // Every token a query: half of the similarity is mirrored. Some of them: a gradient of the queries and one of the keys.
  const halves = queries === "moving" ? 3 : 1.5;
  return {
    parameters: layout.parameters.reduce((sum, { name }) => sum + layout.of(name).length, 0),
    bytes: clip + sides + shared + loss.bytes + arenaBytes(layout) + optimizerBytes(layout) + measure.bytes,
    flopPerStep: scheduleFlop(plan.schedule) + halves * products,
  };
}
