import student from "../../../models/student/student.json";
import { TEACHER_CHANNELS } from "../../data/grid.ts";
import { toHalf } from "../../formats/half.ts";
import type { Gpu } from "../../gpu/gpu.ts";
import type { Pause } from "../../gpu/steps.ts";
import type { StudentShape } from "../../student/model.ts";
import { designOf } from "../../train/diffusion/design.ts";
import { type RunMemory, runMemory } from "../../train/diffusion/estimate.ts";
import { parseStudentRecipe, type StudentRecipe, shapeOf } from "../../train/diffusion/recipe.ts";
import { DiffusionRun } from "../../train/diffusion/run.ts";
import { startState, stepLayout } from "../../train/diffusion/start.ts";
import type { PreparedClip } from "../../train/prepared_clip.ts";
import type { StudentEstimate, StudentEstimateRequest, StudentMeasured } from "../protocol/student.ts";

type Asks = Pick<StudentEstimateRequest, "recipe">;

function planned({ recipe: input }: Asks) {
  const recipe = parseStudentRecipe(input);
  const shape = shapeOf(recipe, student.shape);
  return { recipe, shape, design: designOf(recipe, shape, TEACHER_CHANNELS) };
}

/**
 * What a run takes of a device whose buffers are of `limit` bytes at the most.
 * @throws RangeError for a recipe that cannot be trained
 */
export function estimateRun(asks: Asks, limit: number): StudentEstimate {
  const { recipe, shape, design } = planned(asks);
  const memory = runMemory(recipe, design);
  return { ...memory, limit, smaller: memory.largest > limit ? smallerThan(recipe, shape, limit) : null };
}

/** The nearest recipe whose buffers fit: fewer clips at once, then, of a student with drawn weights, a narrower one. */
function smallerThan(recipe: StudentRecipe, shape: StudentShape, limit: number): StudentEstimate["smaller"] {
  const largest = (batch: number, width: number): RunMemory["largest"] =>
    runMemory(recipe, designOf({ ...recipe, batch }, { ...shape, width }, TEACHER_CHANNELS)).largest;
  const widths = [shape.width];
  // Heads need whole pairs of channels, and positions sixteenths: halves of a width keep both.
  while (recipe.start === "random" && widths[0] % 32 === 0) widths.unshift(widths[0] / 2);
  for (const width of widths.reverse()) {
    for (let batch = recipe.batch; batch >= 1; batch = Math.floor(batch / 2)) {
      if (largest(batch, width) <= limit) return { batch, width: width === shape.width ? null : width };
    }
  }
  return null;
}

/** Steps, and passes of one clip, that are taken and not counted: they compile and warm up. */
const UNCOUNTED = 1;

/**
 * Takes a step of a recipe on clips that are made up, and draws with what it trains: how long both take here.
 * @param pause rejects when nobody waits for it any more
 * @throws RangeError | GpuError with one sentence
 */
export async function measureRun(gpu: Gpu, asks: Asks, pause: Pause): Promise<StudentMeasured> {
  const { recipe, shape, design } = planned(asks);
  const clip = madeUpClip(shape);
  const state = startState(design, stepLayout(design, recipe.optimizer), recipe.seed, null);
  const asked = { prompt: clip.prompt, words: clip.words, seed: 1, first: null };
  const draw = { clips: recipe.samples > 0 ? [asked] : [], steps: UNCOUNTED };
  const run = await DiffusionRun.create(gpu, { recipe, design, clip: async () => clip, draw }, state);
  try {
    const timed = async (work: () => Promise<unknown>): Promise<number> => {
      const started = performance.now();
      await work();
      await pause();
      return (performance.now() - started) / 1000;
    };
    const step = (t: number) => () => run.step(t, pause).then(() => run.collect(true));
    const pass = () => run.measure(pause);
    await timed(step(1));
    const secondsPerStep = await timed(step(1 + UNCOUNTED));
    await timed(pass);
    return { secondsPerStep, secondsPerPass: await timed(pass), bytes: run.bytes };
  } finally {
    run.destroy();
  }
}

/** A clip of the right sizes: time does not depend on what is seen. */
export function madeUpClip({ frames, rows, values, words }: StudentShape): PreparedClip {
  const S = rows ** 2;
  const wave = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i));
  return {
    prompt: "",
    template: "",
    seed: 1,
    words: new Uint32Array(words),
    x0: wave(frames * S * values),
    saliency: wave(2 * frames * S),
    teacher: { channels: TEACHER_CHANNELS, halves: toHalf(wave(2 * frames * S * TEACHER_CHANNELS)) },
    truth: { bodies: [], center: new Float32Array() },
  };
}
