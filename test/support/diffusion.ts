// A small student with made-up clips, for runs of it.
import { toHalf } from "../../src/formats/half.ts";
import { parseStudentRecipe, type StudentRecipeInput } from "../../src/train/diffusion/recipe.ts";
import type { PreparedClip } from "../../src/train/prepared_clip.ts";
import { normals, random } from "./random.ts";

/** Two token frames of 4 × 4 tokens. */
export const SHAPE = {
  values: 8,
  width: 32,
  depth: 2,
  heads: 2,
  frames: 2,
  rows: 4,
  time_width: 16,
  words: 4,
  vocabulary: 9,
} as const;
export const CHANNELS = 12;

/** What the step does not read. */
export const ABOUT = { prompt: "", template: "", seed: 0, truth: { bodies: [], center: new Float32Array() } } as const;

/** A clip of noise whose second token frame is the first moved by a token, so that there is something to learn. */
export function clipOf(index: number): PreparedClip {
  const { values, rows, frames, words, vocabulary } = SHAPE;
  const S = rows ** 2;
  const next = random(100 + index);
  const first = normals(S * values, 1000 + index);
  const x0 = new Float32Array(frames * S * values);
  for (let s = 0; s < S; s++) {
    const from = first.subarray(s * values, (s + 1) * values);
    x0.set(from, s * values);
    x0.set(from, (S + ((s + 1) % S)) * values);
  }
  return {
    ...ABOUT,
    words: Uint32Array.from({ length: words }, () => Math.floor(next() * vocabulary)),
    x0,
    teacher: { channels: CHANNELS, halves: toHalf(normals(2 * frames * S * CHANNELS, 2000 + index)) },
    saliency: Float32Array.from({ length: 2 * frames * S }, () => next()),
  };
}

export const recipeOf = (changes: StudentRecipeInput = {}) =>
  parseStudentRecipe({
    start: "random",
    hidden: [16, 12, 8],
    clips: 6,
    batch: 2,
    steps: 10,
    warmup: 2,
    evaluateEvery: 100,
    checkpointEvery: 4,
    samples: 0,
    balanceEvery: 4,
    ...changes,
  });
