import {
  ARMS,
  DRAWN,
  OPTIMIZER_NAMES,
  parseStudentRecipe,
  RATE_DECAY_NAMES,
  RECIPE_RANGES,
  STARTS,
  type StudentRecipe,
  TEACHER_NAMES,
} from "../../worker/protocol.ts";
import { type Codecs, hiddenSizes, number, oneOf, text, whole } from "../codecs.ts";

/** Fields of the recipe that the page sets as they are. */
const SAME = [
  "start",
  "task",
  "clips",
  "loss",
  "teacher",
  "tau",
  "rho",
  "margin",
  "block",
  "hidden",
  "given",
  "batch",
  "optimizer",
  "learningRate",
  "muonRate",
  "warmup",
  "rateDecay",
  "emaDecay",
  "steps",
  "seed",
  "evaluateEvery",
  "samples",
  "samplerSteps",
  "drawn",
] as const;
type Same = (typeof SAME)[number];

/** What may differ between the arms of a plan. */
export const OVERS = ["loss", "tau", "rho", "share", "block"] as const;
export type Over = (typeof OVERS)[number];

/** Of the recipe of a run of the diffusion student, what a link restores. */
export interface StudentSettings extends Pick<StudentRecipe, Same> {
  /** Which of the two weighs the alignment loss. */
  readonly weigh: "share" | "lambda";
  readonly share: number;
  readonly lambda: number;
  /** The loss of a second arm that learns at the same time; no other loss than `loss` is a second arm. */
  readonly beside: StudentRecipe["loss"] | "nothing";
  /** What differs between arms that learn one after another, and its values with commas between them. */
  readonly over: Over;
  readonly values: string;
  /** Of a student with drawn weights. */
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
}

export const same = (of: Pick<StudentRecipe, Same>): Pick<StudentRecipe, Same> =>
  Object.fromEntries(SAME.map((name) => [name, of[name]])) as unknown as Pick<StudentRecipe, Same>;

/** The recipe's own defaults; a student with drawn weights is proposed as large as the shipped one, with heads that divide every width. */
export const STUDENT_DEFAULTS: StudentSettings = {
  ...same(parseStudentRecipe({})),
  weigh: "share",
  share: 0.5,
  lambda: 0.05,
  beside: "nothing",
  over: "loss",
  values: "none, repa, trd, tsa, mtsa",
  width: 192,
  depth: 6,
  heads: 2,
};

export type NumberName = {
  [K in keyof StudentSettings]: StudentSettings[K] extends number ? K : never;
}[keyof StudentSettings];

/** Both ends of each number, as the recipe checks them. */
export const STUDENT_RANGES: Readonly<Record<NumberName, readonly [low: number, high: number]>> = {
  ...RECIPE_RANGES,
  evaluateEvery: RECIPE_RANGES.steps,
};

const real = (key: string, name: NumberName) => number(key, ...STUDENT_RANGES[name]);
const count = (key: string, name: NumberName) => whole(real(key, name));

const [narrowest, widest] = RECIPE_RANGES.width;
/** Multiples of 16: a quarter and three eighths of the channels hold the place. */
const widths = Array.from({ length: widest / narrowest }, (_, i) => narrowest * (i + 1));

export const STUDENT_CODECS: Codecs<StudentSettings> = {
  start: oneOf("s-start", STARTS),
  task: text("s-task"),
  clips: count("s-clips", "clips"),
  loss: oneOf("s-loss", ARMS),
  teacher: oneOf("s-teacher", TEACHER_NAMES),
  weigh: oneOf("s-weigh", ["share", "lambda"] as const),
  share: real("s-share", "share"),
  lambda: real("s-lambda", "lambda"),
  beside: oneOf("s-beside", ["nothing", ...ARMS] as const),
  over: oneOf("s-over", OVERS),
  values: text("s-values"),
  tau: real("s-tau", "tau"),
  rho: real("s-rho", "rho"),
  margin: real("s-margin", "margin"),
  block: count("s-block", "block"),
  hidden: hiddenSizes("s-hidden"),
  width: { ...count("s-width", "width"), parse: (text) => widths.find((width) => String(width) === text) },
  depth: count("s-depth", "depth"),
  heads: count("s-heads", "heads"),
  given: real("s-given", "given"),
  batch: count("s-batch", "batch"),
  optimizer: oneOf("s-optimizer", OPTIMIZER_NAMES),
  learningRate: real("s-lr", "learningRate"),
  muonRate: real("s-muon-lr", "muonRate"),
  warmup: count("s-warmup", "warmup"),
  rateDecay: oneOf("s-rate-decay", RATE_DECAY_NAMES),
  emaDecay: real("s-ema", "emaDecay"),
  steps: count("s-steps", "steps"),
  seed: count("s-seed", "seed"),
  evaluateEvery: count("s-every", "evaluateEvery"),
  samples: count("s-samples", "samples"),
  samplerSteps: count("s-sampler-steps", "samplerSteps"),
  drawn: oneOf("s-drawn", DRAWN),
};
