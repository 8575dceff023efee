import * as v from "valibot";
import { LOSS_KINDS, takesFlips, traitsOf } from "../alignment/losses.ts";
import { between, fours, lossFields, optimizerFields, parsed, tau, whole } from "./fields.ts";
import { RECIPE_RANGES } from "./ranges.ts";

/** Of a clip: a number to check against, far beyond what memory holds. How many there are `checkFrames` asks the clip. */
const MOST_FRAMES = 4096;

/** Frames of the sampled list, both ends included. */
const frameRange = (name: string) =>
  v.pipe(
    v.strictTuple([whole(`${name} first`, 0, MOST_FRAMES - 1), whole(`${name} last`, 0, MOST_FRAMES - 1)]),
    v.check(
      ([first, last]) => first <= last,
      ({ input: [first, last] }) => `${name} must not end before it begins, got ${first}-${last}`,
    ),
  );

/** Everything that decides how an alignment run goes, apart from the clip and its teacher. The same recipe and seed, the same run. */
const recipeSchema = v.strictObject({
  loss: v.optional(v.picklist(LOSS_KINDS, `loss must be one of ${LOSS_KINDS.join(", ")}`), "tsa"),
  tau: v.optional(tau, 0.05),
  ...lossFields,
  /** Weight of the alignment loss. It scales the gradient before clipping; AdamW alone would not notice it. */
  lambda: v.optional(between("lambda", ...RECIPE_RANGES.lambda), 0.5),
  ...optimizerFields({ optimizer: "adamw", learningRate: 1e-3, muonRate: 1e-3, warmup: 0, emaDecay: 0.99 }),
  /** Which parameters agreement, queries and matches are taken with. */
  evaluate: v.optional(v.picklist(["raw", "ema"], "evaluate must be raw or ema"), "raw"),
  /** The products read four channels at once. */
  hidden: v.optional(v.strictTuple([fours("hidden"), fours("hidden"), fours("hidden")]), [256, 256, 128]),
  steps: v.optional(whole("steps", ...RECIPE_RANGES.steps), 300),
  batch: v.optional(
    v.strictObject({
      /** Windows of a step. */
      windows: v.optional(whole("batch.windows", ...RECIPE_RANGES.windows), 1),
      /** Consecutive frames of a window; 0: all frames it trains on. */
      frames: v.optional(whole("batch.frames", 0, MOST_FRAMES), 0),
      /** Mirrors every other window on average. */
      flips: v.optional(v.boolean("batch.flips must be true or false"), false),
    }),
    {},
  ),
  trainFrames: v.optional(frameRange("trainFrames"), [0, 7]),
  /** null: nothing is held back. */
  heldFrames: v.optional(v.nullable(frameRange("heldFrames")), [8, 15]),
  /** Steps between two measurements of agreement. */
  evaluateEvery: v.optional(whole("evaluateEvery", ...RECIPE_RANGES.steps), 25),
});

/** Every field, checked. */
export type Recipe = v.InferOutput<typeof recipeSchema>;
/** What may be left out: everything has a default. */
export type RecipeInput = v.InferInput<typeof recipeSchema>;

/**
 * Fills in the defaults and checks everything that does not depend on the clip.
 * @throws RangeError with one sentence naming the field and the value; unknown keys are errors
 */
export function parseRecipe(input: unknown): Recipe {
  const recipe = parsed(recipeSchema, input);
  const { trainFrames: train, heldFrames: held, batch } = recipe;
  if (held && held[0] <= train[1] && train[0] <= held[1]) {
    throw new RangeError(
      `train frames ${train.join("-")} and held frames ${held.join("-")} overlap: a held frame is never trained on`,
    );
  }
  const count = train[1] - train[0] + 1;
  if (batch.frames > count) {
    throw new RangeError(
      `batch.frames must be at most the ${count} frames trained on, got ${batch.frames}: use fewer, or 0 for all`,
    );
  }
  if (batch.flips && !takesFlips(recipe.loss)) {
    throw new RangeError(
      `${traitsOf(recipe.loss).name} takes no flips: its target is the feature itself, and a mirrored clip has other features than those mirrored; leave flips out, or take a loss of similarities such as TSA`,
    );
  }
  return recipe;
}

/**
 * Checks the frames against the clip and the frames that share a token of its teacher.
 * @throws RangeError with both values and the remedy
 */
export function checkFrames({ trainFrames, heldFrames, batch }: Recipe, F: number, tubelet: number): void {
  for (const [name, range] of [
    ["train", trainFrames],
    ["held", heldFrames],
  ] as const) {
    if (range && (range[0] % tubelet !== 0 || (range[1] + 1) % tubelet !== 0)) {
      throw new RangeError(
        `${name} frames ${range.join("-")} split a token of the teacher, which holds ${tubelet} frames (0-${tubelet - 1}, ${tubelet}-${2 * tubelet - 1} and so on): begin and end with a whole one`,
      );
    }
    if (range && range[1] >= F) {
      throw new RangeError(
        `${name} frames ${range.join("-")} reach beyond the clip's ${F} frames (0-${F - 1}): sample more frames or use a smaller range`,
      );
    }
  }
  if (batch.frames % tubelet !== 0) {
    throw new RangeError(
      `batch.frames must be a multiple of the ${tubelet} frames that a token of the teacher holds, got ${batch.frames}: use whole ones, or 0 for all`,
    );
  }
}
