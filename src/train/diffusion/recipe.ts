import * as v from "valibot";
import { LOSS_KINDS, type LossKind } from "../../alignment/losses.ts";
import type { StudentShape } from "../../student/model.ts";
import { between, fours, lossFields, optimizerFields, parsed, tau, whole } from "../fields.ts";
import { RECIPE_RANGES } from "../ranges.ts";

/** What the student is to agree with, and what the user reads. */
export const TEACHERS = {
  videomae: "our VideoMAEv2",
  world: "the world's own truth",
  self: "the student's own deeper block",
} as const;
export type TeacherName = keyof typeof TEACHERS;
export const TEACHER_NAMES = Object.keys(TEACHERS) as readonly TeacherName[];

/** The alignment losses, and none: the diffusion loss alone. */
export const ARMS = ["none", ...LOSS_KINDS] as const;

/** What a run begins with: the shipped student, drawn weights, or weights that the user hands over. */
export const STARTS = ["base", "random", "file"] as const;

/** Which clips a run is looked at by: others of its task, or the first that it trains on, which it may learn by heart. */
export const DRAWN = ["unseen", "trained"] as const;

/** Channels of a student; a quarter and three eighths of them hold the place. */
const sixteens = v.pipe(
  whole("width", ...RECIPE_RANGES.width),
  v.check(
    (value: number) => value % 16 === 0,
    ({ input }) => `width must be a multiple of 16, got ${input}: use ${16 * Math.ceil(input / 16)}`,
  ),
);

/** Everything that decides how a run of the diffusion student goes, apart from weights and clips. */
const schema = v.strictObject({
  start: v.optional(v.picklist(STARTS, `start must be one of ${STARTS.join(", ")}`), "base"),
  /** Which clips (src/train/task.ts). */
  task: v.optional(v.string("task must be a text"), "everything"),
  /** Laws of the world that are not the usual ones (src/world/laws.ts), as {"gravity": 0.25}. */
  laws: v.optional(v.record(v.string(), v.number("a law must be a number")), {}),
  /** How many different ones. */
  clips: v.optional(whole("clips", ...RECIPE_RANGES.clips), 256),
  loss: v.optional(v.picklist(ARMS, `loss must be one of ${ARMS.join(", ")}`), "mtsa"),
  teacher: v.optional(v.picklist(TEACHER_NAMES, `teacher must be one of ${TEACHER_NAMES.join(", ")}`), "videomae"),
  /** λ of eq. 14, fixed; null: as `share` says. */
  lambda: v.optional(v.nullable(between("lambda", ...RECIPE_RANGES.lambda)), null),
  /** λ is moved to where its gradient is this share of the diffusion loss's, at the aligned features; null: as `lambda` says. */
  share: v.optional(v.nullable(between("share", ...RECIPE_RANGES.share)), null),
  /** Steps between two moves of λ. */
  balanceEvery: v.optional(whole("balanceEvery", 1, 1e6), 20),
  /** No alignment after this step (HASTE); 0: to the end. */
  stop: v.optional(whole("stop", 0, 1e6), 0),
  tau: v.optional(tau, 0.1),
  ...lossFields,
  /** Features are taken after so many blocks; 0: about 60 % of them. */
  block: v.optional(whole("block", ...RECIPE_RANGES.block), 0),
  /** The student's own block that teaches (teacher self); 0: the last. */
  selfBlock: v.optional(whole("selfBlock", ...RECIPE_RANGES.block), 0),
  /** α of the teacher's spatial normalisation (iREPA); 0: none. */
  spatial: v.optional(between("spatial", 0, 2), 0),
  /** Of the projector. */
  hidden: v.optional(v.strictTuple([fours("hidden"), fours("hidden"), fours("hidden")]), [256, 256, 256]),
  /** Of a student with drawn weights; null: as the shipped one. */
  width: v.optional(v.nullable(sixteens), null),
  depth: v.optional(v.nullable(whole("depth", ...RECIPE_RANGES.depth)), null),
  heads: v.optional(v.nullable(whole("heads", ...RECIPE_RANGES.heads)), null),
  /** Share of clips whose first token frame is given, and of those whose prompt is left out. */
  given: v.optional(between("given", ...RECIPE_RANGES.given), 0.5),
  promptDropped: v.optional(between("promptDropped", 0, 1), 0.1),
  /** Clips of a micro-batch, and micro-batches of a step. */
  batch: v.optional(whole("batch", ...RECIPE_RANGES.batch), 4),
  accumulate: v.optional(whole("accumulate", 1, 1024), 1),
  ...optimizerFields({ optimizer: "muon", learningRate: 3e-4, muonRate: 7.5e-4, warmup: 20, emaDecay: 0.98 }),
  steps: v.optional(whole("steps", ...RECIPE_RANGES.steps), 300),
  /** Steps between two looks at drawn clips. */
  evaluateEvery: v.optional(whole("evaluateEvery", ...RECIPE_RANGES.steps), 50),
  /** Clips that are drawn to look at; 0: none. */
  samples: v.optional(whole("samples", ...RECIPE_RANGES.samples), 4),
  drawn: v.optional(v.picklist(DRAWN, `drawn must be one of ${DRAWN.join(", ")}`), "unseen"),
  samplerSteps: v.optional(whole("samplerSteps", ...RECIPE_RANGES.samplerSteps), 16),
});

/** Every field, checked. */
export type StudentRecipe = v.InferOutput<typeof schema>;
/** What may be left out: everything has a default. */
export type StudentRecipeInput = v.InferInput<typeof schema>;

/** @throws RangeError with one sentence naming the field and the value; unknown keys are errors */
export function parseStudentRecipe(input: unknown): StudentRecipe {
  const recipe = parsed(schema, input);
  const { start, lambda, share, loss, teacher, spatial } = recipe;
  if (lambda !== null && share !== null) {
    throw new RangeError(`lambda ${lambda} and share ${share} both weigh the alignment loss: leave one out`);
  }
  for (const name of ["width", "depth", "heads"] as const) {
    if (start !== "random" && recipe[name] !== null) {
      throw new RangeError(
        `${name} ${recipe[name]} is given, but the student that it starts from has its own: leave it out, or start from random`,
      );
    }
  }
  if (spatial > 0 && teacher === "self") {
    throw new RangeError(
      `spatial ${spatial} normalises the features of a teacher apart from the student, and this one is the student's own: use 0`,
    );
  }
  const weighed = loss !== "none" && lambda === null && share === null;
  return weighed ? { ...recipe, share: 0.5 } : recipe;
}

/** The loss beside the diffusion loss; null for none. */
export const alignmentOf = ({ loss }: Pick<StudentRecipe, "loss">): LossKind | null => (loss === "none" ? null : loss);

/** The shape of a student with drawn weights. Heads that nobody chose are the shipped one's, or fewer where its width does not divide into so many. */
export function shapeOf({ width: asked, depth, heads }: StudentRecipe, shipped: StudentShape): StudentShape {
  const width = asked ?? shipped.width;
  let fitting = shipped.heads;
  while (width % (4 * fitting) !== 0 && fitting > 1) fitting--;
  return { ...shipped, width, depth: depth ?? shipped.depth, heads: heads ?? fitting };
}
