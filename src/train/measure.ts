import l2Normalize from "../../shaders/alignment/l2_normalize.wgsl";
import type { Correspondences } from "../alignment/correspondence/correspondence.ts";
import { QueryPlan } from "../alignment/query_plan.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { foldRows } from "../gpu/kernels.ts";
import type { Place } from "../gpu/places.ts";
import { dispatch, type Pause, submitNow } from "../gpu/steps.ts";
import type { Parameter } from "../nn/arena.ts";
import type { Tensor } from "../nn/tape.ts";
import type { ProjectorConfig } from "../student/projector.ts";
import { bestMatches, entropies, type SetAgreement, type SetTruth, setAgreement } from "./agreement.ts";
import type { AlignData } from "./align_data.ts";
import type { Recipe } from "./recipe.ts";
import { designViews, type Frames, Views, type ViewsShape } from "./views.ts";

/** Agreement on the frames that are trained on and on those that are not. */
export interface AlignMeasurement {
  readonly train: SetAgreement;
  readonly held: SetAgreement | null;
}

/** Queries of one run of a plan: few enough that another request waits little. */
const BATCH = 64;
const EPS = 1e-6;

interface MeasureOptions {
  readonly recipe: Recipe;
  readonly data: AlignData;
  readonly design: MeasureDesign;
  /** Buffers to work in; see ViewsOptions. */
  readonly scratch: readonly GPUBuffer[];
  readonly clip: GPUBuffer;
  /** Raw, [F, H, W, C]; the caller's. */
  readonly clipTeacher: GPUBuffer;
  weights(tensors: readonly Tensor[]): ReadonlyMap<Tensor, Place>;
}

interface MeasuredSet {
  readonly frames: Frames;
  readonly plan: QueryPlan;
  /** The teacher's best match of each token of the first frame, [S, n]. */
  readonly teacher: Uint32Array;
  readonly truth: SetTruth | null;
}

/** Sets of views: the whole clip, and the frames that agreement is measured on. */
const [WHOLE, MEASURED] = [0, 1];

const framesOf = ([first, last]: readonly [number, number]): Frames => ({ first, count: last - first + 1 });
const setsOf = ({ trainFrames, heldFrames }: Recipe): Frames[] =>
  [trainFrames, ...(heldFrames ? [heldFrames] : [])].map(framesOf);

/** What a measure will run, before anything is allocated. */
export interface MeasureDesign {
  readonly shape: ViewsShape;
  readonly views: ReturnType<typeof designViews>;
  /** Bytes of features and plans, without those to work in. */
  readonly bytes: number;
}

export function designMeasure(
  recipe: Recipe,
  grid: AlignData["grid"],
  config: ProjectorConfig,
  parameters: readonly Parameter[],
): MeasureDesign {
  const measured = setsOf(recipe);
  const counts = [grid.F, ...measured.map(({ count }) => count)];
  const S = grid.H * grid.W;
  const shape = { config, parameters, grid, sets: [[{ first: 0, count: grid.F }], measured] };
  // Cosines and their staging, of each set and of the teacher's whole clip.
  const plans = counts.reduce((sum, count) => sum + 8 * Math.min(BATCH, S) * count * S, 0);
  const features = counts.reduce((sum, count) => sum + 4 * count * S * config.outputs, 0);
  const bytes = features + plans + 4 * grid.F * S * (config.outputs + 1);
  return { shape, views: designViews(shape), bytes };
}

/** Looks at the student from outside the training: agreement of sets of frames, and the correspondences of single tokens. */
export class Measure {
  readonly #options: MeasureOptions;
  readonly #views: Views;
  readonly #sets: readonly MeasuredSet[];
  readonly #teacher: TeacherFeatures;
  /** Whether the whole clip's features are of the current parameters. */
  #fresh = false;

  static async create(gpu: Gpu, options: MeasureOptions): Promise<Measure> {
    const { recipe, data, design } = options;
    const { grid } = data;
    const S = grid.H * grid.W;
    const views = await Views.create(gpu, { ...options, shape: design.shape, designed: design.views });
    const teacher = await teacherFeatures(gpu, options);
    const sets: MeasuredSet[] = [];
    for (const [i, frames] of setsOf(recipe).entries()) {
      const plan = await views.plan(MEASURED, i, Math.min(BATCH, S), 0);
      // In the whole clip, because the teacher has seen all of it.
      const best = await eachToken(teacher.all, frames.first * S, S, recipe.tau, async () => {});
      const own = Uint32Array.from({ length: S * frames.count }, (_, k) => {
        const [s, f] = [Math.floor(k / frames.count), k % frames.count];
        return best.matches[s * grid.F + frames.first + f];
      });
      sets.push({ frames, plan, teacher: own, truth: data.truthOf(frames.first, frames.count) });
    }
    return new Measure(options, views, sets, teacher);
  }

  private constructor(options: MeasureOptions, views: Views, sets: readonly MeasuredSet[], teacher: TeacherFeatures) {
    this.#options = options;
    this.#views = views;
    this.#sets = sets;
    this.#teacher = teacher;
  }

  /** Tells that the parameters have changed. */
  stale(): void {
    this.#fresh = false;
  }

  async run(pause: Pause): Promise<AlignMeasurement> {
    const { data, recipe } = this.#options;
    const S = data.grid.H * data.grid.W;
    await this.#views.refresh(MEASURED, pause);
    const measured: SetAgreement[] = [];
    for (const { frames, plan, teacher, truth } of this.#sets) {
      const { matches: student, entropyBits } = await eachToken(plan, 0, S, recipe.tau, pause);
      measured.push(setAgreement({ n: frames.count, W: data.grid.W, student, teacher, entropyBits, truth }));
    }
    return { train: measured[0], held: measured[1] ?? null };
  }

  /** Correspondences of tokens in the whole clip, by their index. */
  async student(tokens: Uint32Array<ArrayBuffer>, taus: readonly number[], pause: Pause): Promise<Correspondences> {
    if (!this.#fresh) await this.#views.refresh(WHOLE, pause);
    this.#fresh = true;
    const plan = await this.#views.plan(WHOLE, 0, tokens.length, taus.length);
    try {
      return await plan.run(tokens, taus);
    } finally {
      plan.destroy();
    }
  }

  /** The same of the teacher, for one token. */
  teacher(token: number, tau: number): Promise<Correspondences> {
    return this.#teacher.one.run(Uint32Array.of(token), [tau]);
  }
}

interface TeacherFeatures {
  /** For many tokens' cosines, and for one token's distribution. */
  readonly all: QueryPlan;
  readonly one: QueryPlan;
}

async function teacherFeatures(gpu: Gpu, { data, clipTeacher }: MeasureOptions): Promise<TeacherFeatures> {
  const { buffers, kernels, device } = gpu;
  const { F, H, W } = data.grid;
  const N = F * H * W;
  const { C } = data;
  const z = buffers.create("teacher, unit rows", 4 * N * C);
  const norms = buffers.create("teacher norms of the clip", 4 * N);
  const normalize = await kernels.bind(l2Normalize, {
    buffers: { y: clipTeacher, z, norms },
    params: { N, C, eps: EPS },
    grid: foldRows(N),
  });
  submitNow(device, "teacher", [dispatch(normalize, 0)]);
  normalize.destroy();
  buffers.destroy(norms);
  const grid = { F, H, W, C };
  const all = await QueryPlan.create(gpu, { z, grid, capacity: Math.min(BATCH, H * W), T: 0 });
  const one = await QueryPlan.create(gpu, { z, grid, capacity: 1, T: 1 });
  return { all, one };
}

/** Best matches [S, n] and entropies [S, n] of S tokens from `first` on. */
async function eachToken(plan: QueryPlan, first: number, S: number, tau: number, pause: Pause) {
  const matches: number[] = [];
  const entropy: number[] = [];
  for (let s = 0; s < S; s += BATCH) {
    await pause();
    const tokens = Uint32Array.from({ length: Math.min(BATCH, S - s) }, (_, q) => first + s + q);
    // Without temperatures only the cosines come back: a processor takes their exponentials faster than a software adapter.
    const found = await plan.run(tokens, []);
    for (const best of bestMatches(found, S)) matches.push(best);
    for (const bits of entropies(found, S, tau)) entropy.push(bits);
  }
  return { matches: Uint32Array.from(matches), entropyBits: Float32Array.from(entropy) };
}
