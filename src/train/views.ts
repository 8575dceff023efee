import l2Normalize from "../../shaders/alignment/l2_normalize.wgsl";
import { QueryPlan } from "../alignment/query_plan.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { foldRows } from "../gpu/kernels.ts";
import type { Place } from "../gpu/places.ts";
import { type Pause, type Step, submitFlop, submitSteps, VALUE_FLOP } from "../gpu/steps.ts";
import type { Parameter } from "../nn/arena.ts";
import { conv3d } from "../nn/conv3d.ts";
import { bindPlan, type MemoryPlan, planMemory } from "../nn/memory.ts";
import { kernelTask, Tape, type Tensor } from "../nn/tape.ts";
import { weightsOn } from "../student/parameters.ts";
import { type ProjectorConfig, trunk } from "../student/projector.ts";

/** As in docs/method.md section 2. */
const EPS = 1e-6;

/** Some consecutive frames of the clip as the student sees them on their own. */
export interface Frames {
  readonly first: number;
  readonly count: number;
}

export interface ViewsShape {
  readonly config: ProjectorConfig;
  readonly parameters: readonly Parameter[];
  /** The whole clip's. */
  readonly grid: { readonly F: number; readonly H: number; readonly W: number };
  /** Parts that are looked at together. */
  readonly sets: readonly (readonly Frames[])[];
}

/** A set of views, described: one tape, which a look runs from end to end. */
interface DesignedSet {
  readonly plan: MemoryPlan;
  readonly clip: Tensor;
  readonly weights: readonly Tensor[];
  /** Unit rows of each part. */
  readonly units: readonly { readonly frames: Frames; readonly z: Tensor }[];
}

/** What the views will run and hold, before anything is allocated. */
export const designViews = (shape: ViewsShape): DesignedSet[] => shape.sets.map((parts) => designSet(shape, parts));

/**
 * The linear layers run once for the whole clip; the convolution runs for each part on its own, so that held frames never see
 * those that were trained on.
 */
function designSet({ config, parameters, grid: { F, H, W } }: ViewsShape, parts: readonly Frames[]): DesignedSet {
  const t = new Tape();
  const { tensors: weights, layer } = weightsOn(t, parameters, false);
  const clip = t.data("clip", [F, H, W, config.inputs]);
  const h = trunk(t, clip, layer);
  const units = parts.map((frames) => {
    const where = { clips: 1, frames: frames.count, frame0: frames.first, H, W };
    return { frames, z: unitRows(t, conv3d(t, h, layer("conv"), where)) };
  });
  const plan = planMemory(
    t.schedule(),
    units.map(({ z }) => z),
    [],
  );
  return { plan, clip, weights, units };
}

function unitRows(t: Tape, y: Tensor): Tensor {
  const C = y.shape[y.shape.length - 1];
  const N = y.shape.slice(0, -1).reduce((a, b) => a * b, 1);
  const [z, norms] = [t.made("student view, unit rows", y.shape, [y]), t.scratch("student view norms", [N])];
  const options = { params: { N, C, eps: EPS }, grid: foldRows(N), flop: VALUE_FLOP.plain * N * C };
  t.push([z], [kernelTask(l2Normalize, { y, z, norms }, options)]);
  return z;
}

export interface ViewsOptions {
  readonly shape: ViewsShape;
  readonly designed: readonly DesignedSet[];
  /** Buffers to work in, those of the training: free between two steps. */
  readonly scratch: readonly GPUBuffer[];
  /** The whole clip, [F, H, W, inputs]. */
  readonly clip: GPUBuffer;
  weights(tensors: readonly Tensor[]): ReadonlyMap<Tensor, Place>;
}

interface ViewSet {
  readonly steps: readonly Step[];
  readonly units: readonly GPUBuffer[];
}

/** The student's features of parts of the clip, for measuring and looking at it. */
export class Views {
  readonly #gpu: Gpu;
  readonly #shape: ViewsShape;
  readonly #sets: readonly ViewSet[];

  static async create(gpu: Gpu, options: ViewsOptions): Promise<Views> {
    const { shape, designed, scratch, clip, weights } = options;
    const sets: ViewSet[] = [];
    for (const set of designed) {
      const places = new Map<Tensor, Place>([...weights(set.weights), [set.clip, clip]]);
      const units = set.units.map(({ z }) => {
        const buffer = gpu.buffers.create(z.name, 4 * z.shape.reduce((a, b) => a * b, 1));
        places.set(z, buffer);
        return buffer;
      });
      const { forward } = await bindPlan(gpu, set.plan, scratch, { values: places });
      sets.push({ steps: forward, units });
    }
    return new Views(gpu, shape, sets);
  }

  private constructor(gpu: Gpu, shape: ViewsShape, sets: readonly ViewSet[]) {
    this.#gpu = gpu;
    this.#shape = shape;
    this.#sets = sets;
  }

  /** Makes the unit features of a set, by its index, with the weights as they are now. */
  async refresh(set: number, pause: Pause): Promise<void> {
    await submitSteps(this.#gpu, "student features", this.#sets[set].steps, submitFlop(this.#gpu), pause);
  }

  /** A plan for queries in a part of a set, frames counted from its first. The caller destroys it. */
  plan(set: number, part: number, capacity: number, T: number): Promise<QueryPlan> {
    const { grid, config, sets } = this.#shape;
    const F = sets[set][part].count;
    const z = this.#sets[set].units[part];
    return QueryPlan.create(this.#gpu, { z, grid: { F, H: grid.H, W: grid.W, C: config.outputs }, capacity, T });
  }
}
