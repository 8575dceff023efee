import * as v from "valibot";
import { LOSS_KINDS, takesFlips, traitsOf } from "../alignment/losses.ts";
import { OPTIMIZER_NAMES, RATE_DECAY_NAMES } from "./rates.ts";

/** Everything that decides how an alignment run goes, apart from the clip and its teacher. The same recipe and seed, the same run. */
const between = (name: string, low: number, high: number) =>
  v.pipe(
    v.number(`${name} must be a number`),
    v.check(
      (value) => value >= low && value <= high,
      ({ input }) => `${name} must be from ${low} to ${high}, got ${input}`,
    ),
  );

const whole = (name: string, low: number, high: number) =>
  v.pipe(
    between(name, low, high),
    v.check(
      (value: number) => Number.isInteger(value),
      ({ input }) => `${name} must be a whole number, got ${input}`,
    ),
  );

/** Channels of a layer. */
const fours = (name: string) =>
  v.pipe(
    whole(name, 4, 4096),
    v.check(
      (value: number) => value % 4 === 0,
      ({ input }) => `${name} must be a multiple of 4, got ${input}: use ${4 * Math.ceil(input / 4)}`,
    ),
  );

/** Over 0: below 1e-4 a float32 softmax is the argmax anyway. */
const tau = v.pipe(
  v.number("tau must be a number"),
  v.check(
    (value) => value > 0,
    ({ input }) => `tau must be > 0, got ${input}`,
  ),
  v.check(
    (value) => value >= 1e-4 && value <= 1e4,
    ({ input }) => `tau must be from 0.0001 to 10000, got ${input}`,
  ),
);

/** Frames of the sampled list, both ends included. */
const frameRange = (name: string) =>
  v.pipe(
    v.strictTuple([whole(`${name} first`, 0, 31), whole(`${name} last`, 0, 31)]),
    v.check(
      ([first, last]) => first <= last,
      ({ input: [first, last] }) => `${name} must not end before it begins, got ${first}-${last}`,
    ),
  );

const recipeSchema = v.strictObject({
  loss: v.optional(v.picklist(LOSS_KINDS, `loss must be one of ${LOSS_KINDS.join(", ")}`), "tsa"),
  tau: v.optional(tau, 0.05),
  /** Share of each frame's tokens that a masked loss (mtsa) keeps as queries. */
  rho: v.optional(between("rho", 1e-3, 1), 0.2),
  /** How far two cosines may be apart at no cost (trd). */
  margin: v.optional(between("margin", 0, 2), 0.1),
  /** Weight of the alignment loss. It scales the gradient before clipping; AdamW alone would not notice it. */
  lambda: v.optional(between("lambda", 0, 1e3), 0.5),
  /** Which optimiser the matrices of linear layers are left to; everything else is AdamW's. */
  optimizer: v.optional(v.picklist(OPTIMIZER_NAMES, `optimizer must be one of ${OPTIMIZER_NAMES.join(", ")}`), "adamw"),
  learningRate: v.optional(between("learningRate", 0, 10), 1e-3),
  /** Muon's; its steps are of the size of AdamW's, so that rates compare. */
  muonRate: v.optional(between("muonRate", 0, 10), 1e-3),
  /** Steps in which the rates rise from nothing. */
  warmup: v.optional(whole("warmup", 0, 1e6), 0),
  /** Afterwards the rates stay, or fall along half a cosine to nothing at the last step. */
  rateDecay: v.optional(
    v.picklist(RATE_DECAY_NAMES, `rateDecay must be one of ${RATE_DECAY_NAMES.join(", ")}`),
    "none",
  ),
  weightDecay: v.optional(between("weightDecay", 0, 10), 0.01),
  /** Largest norm of all gradients together. */
  clipNorm: v.optional(between("clipNorm", 1e-6, 1e6), 1),
  emaDecay: v.optional(between("emaDecay", 0, 0.99999), 0.99),
  /** Which parameters agreement, queries and matches are taken with. */
  evaluate: v.optional(v.picklist(["raw", "ema"], "evaluate must be raw or ema"), "raw"),
  /** The products read four channels at once. */
  hidden: v.optional(v.strictTuple([fours("hidden"), fours("hidden"), fours("hidden")]), [256, 256, 128]),
  steps: v.optional(whole("steps", 1, 1e6), 300),
  seed: v.optional(whole("seed", 0, 2 ** 32 - 1), 1),
  batch: v.optional(
    v.strictObject({
      /** Windows of a step. */
      windows: v.optional(whole("batch.windows", 1, 64), 1),
      /** Consecutive frames of a window; 0: all frames it trains on. */
      frames: v.optional(whole("batch.frames", 0, 32), 0),
      /** Mirrors every other window on average. */
      flips: v.optional(v.boolean("batch.flips must be true or false"), false),
    }),
    {},
  ),
  trainFrames: v.optional(frameRange("trainFrames"), [0, 7]),
  /** null: nothing is held back. */
  heldFrames: v.optional(v.nullable(frameRange("heldFrames")), [8, 15]),
  /** Steps between two measurements of agreement. */
  evaluateEvery: v.optional(whole("evaluateEvery", 1, 1e6), 25),
  /** Steps between two checkpoints in memory, which a lost device and a NaN go back to. */
  checkpointEvery: v.optional(whole("checkpointEvery", 1, 1e6), 25),
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
  const result = v.safeParse(recipeSchema, input);
  if (!result.success) {
    const [issue] = result.issues;
    const where = v.getDotPath(issue);
    throw new RangeError(`the recipe is wrong${where ? ` at ${where}` : ""}: ${issue.message}`);
  }
  const recipe = result.output;
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
