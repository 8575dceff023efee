import * as v from "valibot";
import { OPTIMIZER_NAMES, RATE_DECAY_NAMES } from "./rates.ts";

/** Fields that more than one kind of run has, with their ranges; a field's sentence names it and the value. */

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
    whole(name, 4, 4096),
    v.check(
      (value: number) => value % 4 === 0,
      ({ input }) => `${name} must be a multiple of 4, got ${input}: use ${4 * Math.ceil(input / 4)}`,
    ),
  );

/** Over 0: below 1e-4 a float32 softmax is the argmax anyway. */
export const tau = v.pipe(
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
  learningRate: v.optional(between("learningRate", 0, 10), defaults.learningRate),
  /** Muon's; its steps are of the size of AdamW's, so that rates compare. */
  muonRate: v.optional(between("muonRate", 0, 10), defaults.muonRate),
  /** Steps in which the rates rise from nothing. */
  warmup: v.optional(whole("warmup", 0, 1e6), defaults.warmup),
  /** Afterwards the rates stay, or fall along half a cosine to nothing at the last step. */
  rateDecay: v.optional(
    v.picklist(RATE_DECAY_NAMES, `rateDecay must be one of ${RATE_DECAY_NAMES.join(", ")}`),
    "none",
  ),
  weightDecay: v.optional(between("weightDecay", 0, 10), 0.01),
  /** Largest norm of all gradients together. */
  clipNorm: v.optional(between("clipNorm", 1e-6, 1e6), 1),
  emaDecay: v.optional(between("emaDecay", 0, 0.99999), defaults.emaDecay),
  seed: v.optional(whole("seed", 0, 2 ** 32 - 1), 1),
  /** Steps between two checkpoints in memory, which a lost device and a NaN go back to. */
  checkpointEvery: v.optional(whole("checkpointEvery", 1, 1e6), 25),
});

/** What the losses read. */
export const lossFields = {
  /** Share of each frame's tokens that a masked loss (mtsa) keeps as queries. */
  rho: v.optional(between("rho", 1e-3, 1), 0.2),
  /** How far two cosines may be apart at no cost (trd). */
  margin: v.optional(between("margin", 0, 2), 0.1),
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
