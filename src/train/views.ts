import l2Normalize from "../../shaders/alignment/l2_normalize.wgsl";
import { QueryPlan } from "../alignment/query_plan.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { foldRows } from "../gpu/kernels.ts";
import { dispatch, type Pause, type Step, submitSteps, VALUE_FLOP } from "../gpu/steps.ts";
import { ceil4 } from "../kernels/product.ts";
import { bindConvolution, unfoldedStride } from "../student/convolution.ts";
import type { ProjectorConfig } from "../student/projector.ts";
import { bindTrunk, type Trunk, trunkBytes } from "../student/trunk.ts";

/** As in docs/method.md section 2. */
const EPS = 1e-6;

/** Some consecutive frames of the clip as the student sees them on their own. */
export interface Frames {
  readonly first: number;
  readonly count: number;
}

interface Grid {
  readonly F: number;
  readonly H: number;
  readonly W: number;
}

export interface ViewsOptions {
  readonly config: ProjectorConfig;
  /** The whole clip's. */
  readonly grid: Grid;
  /** The whole clip, [ceil4(tokens), augmented(inputs)]. */
  readonly clip: GPUBuffer;
  readonly weights: readonly GPUBuffer[];
  /** Scratch of the training's convolution, free between two steps. */
  readonly unfolded: GPUBuffer;
  readonly flopPerSubmit: number;
}

/** A part of the clip: where its features go, and what it takes to make them. */
interface View {
  readonly frames: Frames;
  readonly z: GPUBuffer;
  readonly steps: Step[];
}

/** Bytes of views of these numbers of frames. */
export function viewsBytes(config: ProjectorConfig, { F, H, W }: Grid, counts: readonly number[]): number {
  const S = H * W;
  const features = counts.reduce((sum, count) => sum + 8 * count * S * config.outputs + 4 * count * S, 0);
  return trunkBytes(F * S, [config.inputs, ...config.hidden]) + features;
}

/**
 * The student's features of parts of the clip, for measuring and looking at it. The linear layers run once for the whole
 * clip; the convolution runs for each part on its own, so that held frames never see those that were trained on.
 */
export class Views {
  readonly #gpu: Gpu;
  readonly #options: ViewsOptions;
  readonly #trunk: Trunk;
  readonly #views: readonly View[];

  static async create(gpu: Gpu, options: ViewsOptions, parts: readonly Frames[]): Promise<Views> {
    const { config, grid, clip, weights, flopPerSubmit } = options;
    const sizes = [config.inputs, ...config.hidden];
    const rows = grid.F * grid.H * grid.W;
    const trunk = await bindTrunk(gpu, { rows, sizes, weights: weights.slice(0, 3), input: clip, flopPerSubmit });
    const views: View[] = [];
    for (const frames of parts) views.push(await bindView(gpu, options, trunk, frames));
    return new Views(gpu, options, trunk, views);
  }

  private constructor(gpu: Gpu, options: ViewsOptions, trunk: Trunk, views: readonly View[]) {
    this.#gpu = gpu;
    this.#options = options;
    this.#trunk = trunk;
    this.#views = views;
  }

  /** Makes the unit features of some parts, by their index, with the weights as they are now. */
  async refresh(which: readonly number[], pause: Pause): Promise<void> {
    const steps = [...this.#trunk.steps, ...which.flatMap((i) => this.#views[i].steps)];
    await submitSteps(this.#gpu, "student features", steps, this.#options.flopPerSubmit, pause);
  }

  /** A plan for queries in a part, frames counted from its first. The caller destroys it. */
  plan(view: number, capacity: number, T: number): Promise<QueryPlan> {
    const { z, frames } = this.#views[view];
    const { H, W } = this.#options.grid;
    const grid = { F: frames.count, H, W, C: this.#options.config.outputs };
    return QueryPlan.create(this.#gpu, { z, grid, capacity, T });
  }
}

async function bindView(gpu: Gpu, options: ViewsOptions, trunk: Trunk, frames: Frames): Promise<View> {
  const { config, grid, weights, unfolded, flopPerSubmit } = options;
  const { H, W } = grid;
  const { outputs: C, hidden } = config;
  const S = H * W;
  const rows = frames.count * S;
  const { buffers } = gpu;
  const y = buffers.create("student view", 4 * rows * C);
  const z = buffers.create("student view, unit rows", 4 * rows * C);
  const norms = buffers.create("student view norms", 4 * rows);
  // As many rows at a time as the scratch holds.
  const capacity = Math.floor(unfolded.size / (4 * unfoldedStride(hidden[2])) / 4) * 4;
  const most = Math.min(rows, Math.max(4, capacity));
  const piece = most < rows ? buffers.create("part of a student view", 4 * ceil4(most) * C) : y;
  const steps: Step[] = [];
  for (let row = 0; row < rows; row += most) {
    const count = Math.min(most, rows - row);
    const part = await bindConvolution(gpu, {
      shape: { frame0: frames.first, frames: frames.count, H, W, inputs: hidden[2], outputs: C, stride: 1 },
      token0: frames.first * S + row,
      rows: count,
      input: trunk.outputs[2],
      unfolded,
      weight: weights[3],
      output: piece,
      flopPerSubmit,
    });
    steps.push(...part);
    if (piece !== y) {
      const [to, bytes] = [{ buffer: y, offset: 4 * row * C }, 4 * count * C];
      steps.push({ kind: "copy", from: piece, to, bytes, flop: count * C });
    }
  }
  const normalize = await gpu.kernels.bind(l2Normalize, {
    buffers: { y, z, norms },
    params: { N: rows, C, eps: EPS },
    grid: foldRows(rows),
  });
  steps.push(dispatch(normalize, VALUE_FLOP.plain * rows * C));
  return { frames, z, steps };
}
