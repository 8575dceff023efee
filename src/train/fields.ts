import * as v from "valibot";
import { RECIPE_RANGES } from "./ranges.ts";
import { OPTIMIZER_NAMES, RATE_DECAY_NAMES } from "./rates.ts";

/** Fields that more than one kind of run has; a field's sentence names it and the value. */

export const between = (name: string, low: number, high: number) =>
  v.pipe(
    v.number(`${name} must be a number`),
    v.check(
      (value) => value >= low && value <= high,
      ({ input }) => `${name} must be from ${low} to ${high}, got ${input}`,
    ),
  );

export const whole = (name: string, low: number, high: number) =>
  v.pipe(
    between(name, low, high),
    v.check(
      (value: number) => Number.isInteger(value),
      ({ input }) => `${name} must be a whole number, got ${input}`,
    ),
  );

/** Channels of a layer. */
export const fours = (name: string) =>
  v.pipe(
    whole(name, ...RECIPE_RANGES.hidden),
    v.check(
      (value: number) => value % 4 === 0,
      ({ input }) => `${name} must be a multiple of 4, got ${input}: use ${4 * Math.ceil(input / 4)}`,
    ),
  );

export const tau = v.pipe(
  v.number("tau must be a number"),
  v.check(
    (value) => value > 0,
    ({ input }) => `tau must be > 0, got ${input}`,
  ),
  between("tau", ...RECIPE_RANGES.tau),
);

/** What every run's optimiser takes; the defaults are the run's own. */
export const optimizerFields = (defaults: {
  readonly optimizer: (typeof OPTIMIZER_NAMES)[number];
  readonly learningRate: number;
  readonly muonRate: number;
  readonly warmup: number;
  readonly emaDecay: number;
}) => ({
  /** Which optimiser the matrices of linear layers are left to; everything else is AdamW's. */
  optimizer: v.optional(
    v.picklist(OPTIMIZER_NAMES, `optimizer must be one of ${OPTIMIZER_NAMES.join(", ")}`),
    defaults.optimizer,
  ),
  learningRate: v.optional(between("learningRate", ...RECIPE_RANGES.learningRate), defaults.learningRate),
  /** Muon's; its steps are of the size of AdamW's, so that rates compare. */
  muonRate: v.optional(between("muonRate", ...RECIPE_RANGES.muonRate), defaults.muonRate),
  /** Steps in which the rates rise from nothing. */
  warmup: v.optional(whole("warmup", ...RECIPE_RANGES.warmup), defaults.warmup),
  /** Afterwards the rates stay, or fall along half a cosine to nothing at the last step. */
  rateDecay: v.optional(
    v.picklist(RATE_DECAY_NAMES, `rateDecay must be one of ${RATE_DECAY_NAMES.join(", ")}`),
    "none",
  ),
  weightDecay: v.optional(between("weightDecay", ...RECIPE_RANGES.weightDecay), 0.01),
  /** Largest norm of all gradients together. */
  clipNorm: v.optional(between("clipNorm", ...RECIPE_RANGES.clipNorm), 1),
  emaDecay: v.optional(between("emaDecay", ...RECIPE_RANGES.emaDecay), defaults.emaDecay),
  seed: v.optional(whole("seed", ...RECIPE_RANGES.seed), 1),
  /** Steps between two checkpoints in memory, which a lost device and a NaN go back to. */
  checkpointEvery: v.optional(whole("checkpointEvery", ...RECIPE_RANGES.steps), 25),
});

/** What the losses read. */
export const lossFields = {
  /** Share of each frame's tokens that a masked loss (mtsa) keeps as queries. */
  rho: v.optional(between("rho", ...RECIPE_RANGES.rho), 0.2),
  /** How far two cosines may be apart at no cost (trd). */
  margin: v.optional(between("margin", ...RECIPE_RANGES.margin), 0.1),
};

/**
 * Fills in the defaults of a recipe and checks what needs no clip.
 * @throws RangeError with one sentence naming the field and the value; unknown keys are errors
 */
export function parsed<S extends v.GenericSchema>(schema: S, input: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const where = v.getDotPath(issue);
  throw new RangeError(`the recipe is wrong${where ? ` at ${where}` : ""}: ${issue.message}`);
}
