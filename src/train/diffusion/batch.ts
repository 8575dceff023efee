import type { StudentShape } from "../../student/model.ts";
import { normals } from "../../student/noise.ts";
import { Random, seedOf } from "../../student/random.ts";
import { alphas, NOISE_LEVELS, noised } from "../../student/schedule.ts";
import { maskBatch, type PreparedClip, teacherBatch } from "../prepared_clip.ts";
import type { StudentRecipe } from "./recipe.ts";
import { askedValues, type StepBatch, type StepDesign } from "./step.ts";

/** What makes the numbers of one purpose different from those of another. */
const DRAWS = { clip: 11, order: 12 } as const;

/**
 * Which clip is the k-th to be drawn: all of them in their order, so that training can begin with the first, then all again and
 * again, each time in an order drawn from the seed.
 */
export function clipOrder(seed: number, count: number): (k: number) => number {
  let [epoch, order] = [0, Uint32Array.from({ length: count }, (_, i) => i)];
  const first = order;
  return (k) => {
    const wanted = Math.floor(k / count);
    if (wanted !== epoch) {
      epoch = wanted;
      order = first.slice();
      const random = new Random(seedOf(seed, DRAWS.order, epoch));
      for (let i = epoch === 0 ? 0 : count - 1; i > 0; i--) {
        const j = random.below(i + 1);
        [order[i], order[j]] = [order[j], order[i]];
      }
    }
    return order[k % count];
  };
}

/** What is drawn of one clip of a step: a function of seed, step and its place in the step, whatever the micro-batches. */
export interface Draw {
  readonly t: number;
  readonly given: boolean;
  readonly dropped: boolean;
  /** [N, values] */
  readonly noise: Float32Array;
}

export function drawClip(
  { seed, given, promptDropped }: Pick<StudentRecipe, "seed" | "given" | "promptDropped">,
  step: number,
  place: number,
  length: number,
): Draw {
  const random = new Random(seedOf(seed, DRAWS.clip, step, place));
  const t = random.below(NOISE_LEVELS);
  const [first, second] = [random.next(), random.next()];
  return { t, given: first < given, dropped: second < promptDropped, noise: normals(length, random) };
}

/** The micro-batches of a step, ready to be written. */
export function makeBatches(
  recipe: Pick<StudentRecipe, "seed" | "given" | "promptDropped" | "batch" | "rho" | "spatial">,
  { shape, alignment }: StepDesign,
  step: number,
  clips: readonly PreparedClip[],
  masked: boolean,
): StepBatch[] {
  const draws = clips.map(({ x0 }, place) => drawClip(recipe, step, place, x0.length));
  const asked = askedValues(
    shape,
    draws.map(({ given }) => (given ? 1 : 0)),
  );
  const batches: StepBatch[] = [];
  for (let at = 0; at < clips.length; at += recipe.batch) {
    const own = clips.slice(at, at + recipe.batch);
    const drawn = draws.slice(at, at + recipe.batch);
    const teacher = alignment && !alignment.selfBlock ? teachers(own, shape, alignment.channels, recipe.spatial) : null;
    batches.push({
      asked,
      x: concat(own.map(({ x0 }, b) => noisedTokens(x0, drawn[b], shape))),
      x0: concat(own.map(({ x0 }) => x0)),
      t: drawn.map(({ t }) => t),
      given: drawn.map(({ given }) => (given ? 1 : 0)),
      words: own.flatMap(({ words }, b) => Array.from(words, (word) => (drawn[b].dropped ? 0 : word))),
      ...(teacher ? { teacher } : {}),
      ...(alignment && masked ? { mask: maskBatch(own, recipe.rho, 2 * shape.frames) } : {}),
    });
  }
  return batches;
}

/** x_t, its first token frame clean where that is given. */
function noisedTokens(x0: Float32Array, { t, noise, given }: Draw, { rows, values }: StudentShape): Float32Array {
  const x = noised(x0, noise, alphas()[t]);
  if (given) x.set(x0.subarray(0, rows ** 2 * values));
  return x;
}

function teachers(clips: readonly PreparedClip[], shape: StudentShape, channels: number, alpha: number) {
  const S = shape.rows ** 2;
  const features = teacherBatch(clips);
  const length = clips.length * 2 * shape.frames * S * channels;
  if (features.length !== length) {
    throw new RangeError(
      `the teacher has ${features.length} numbers, [${clips.length}, ${2 * shape.frames}, ${S}, ${channels}] has ${length}`,
    );
  }
  return alpha > 0 ? normaliseSpatially(features, S, channels, alpha) : features;
}

/**
 * iREPA's spatial normalisation of features [F, S, C]: per frame and channel y ← (y − α·mean_s y) / std_s y (docs/method.md section 4).
 * A channel that is the same everywhere becomes (1 − α) of it over 1e-6, as there.
 */
export function normaliseSpatially(
  features: Float32Array,
  S: number,
  C: number,
  alpha: number,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(features.length);
  for (let frame = 0; frame < features.length; frame += S * C) {
    for (let c = 0; c < C; c++) {
      let [sum, squares] = [0, 0];
      for (let s = 0; s < S; s++) sum += features[frame + s * C + c];
      const mean = sum / S;
      for (let s = 0; s < S; s++) squares += (features[frame + s * C + c] - mean) ** 2;
      const deviation = Math.sqrt(squares / Math.max(1, S - 1)) + 1e-6;
      for (let s = 0; s < S; s++) {
        const i = frame + s * C + c;
        out[i] = (features[i] - alpha * mean) / deviation;
      }
    }
  }
  return out;
}

function concat(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
