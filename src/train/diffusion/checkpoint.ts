import * as v from "valibot";
import { jsonIn, parseSafetensors, type SafetensorsFile, writeSafetensors } from "../../formats/safetensors.ts";
import type { ArenaLayout } from "../../nn/arena.ts";
import type { StudentShape } from "../../student/model.ts";
import { numberIn, oneNumber, statesOf, stateTensors } from "../checkpoint.ts";
import type { TrainableState } from "../session.ts";
import type { Joint } from "./balance.ts";
import { parseStudentRecipe, type StudentRecipe } from "./recipe.ts";
import { shapeOfFile } from "./start.ts";

const FORMAT = "tempered-student";
const VERSION = "1";

/** What a run's file holds. The student has PyTorch's own names, so that models/pretrain starts from it. */
export interface StudentCheckpoint {
  readonly recipe: StudentRecipe;
  readonly shape: StudentShape;
  readonly step: number;
  /** Builds the state for this layout. @throws Error naming the tensor that does not fit */
  state(layout: ArenaLayout): TrainableState;
}

/** A safetensors file: student and projector, the optimiser's moments, the average, step and λ; as JSON metadata the recipe, and what λ was moved by. */
export function writeStudentCheckpoint(
  { step, tensors, lambda = 0, joint = null }: TrainableState,
  layout: ArenaLayout,
  recipe: StudentRecipe,
): Uint8Array<ArrayBuffer> {
  const metadata = {
    format: FORMAT,
    version: VERSION,
    recipe: JSON.stringify(recipe),
    // As text: models/pretrain takes every other tensor for the student's.
    ...(joint && { joint: JSON.stringify(joint) }),
  };
  const weight = { dtype: "F32", shape: [1], data: Float32Array.of(lambda) } as const;
  return writeSafetensors({ ...stateTensors(tensors, layout), step: oneNumber(step), lambda: weight }, metadata);
}

export const isStudentCheckpoint = ({ metadata }: Pick<SafetensorsFile, "metadata">): boolean =>
  metadata.format === FORMAT;

/**
 * @param shipped what of the shape no tensor shows: the token grid
 * @throws Error with one sentence when the file is broken or no checkpoint of a student
 */
export function readStudentCheckpoint(bytes: Uint8Array, shipped: StudentShape): StudentCheckpoint {
  const file = parseSafetensors(bytes);
  const { tensors, metadata } = file;
  if (!isStudentCheckpoint(file)) {
    throw new Error(
      `this safetensors file is no run's checkpoint: its format is "${metadata.format ?? ""}", not "${FORMAT}"; to start from its weights, give it as the start`,
    );
  }
  if (metadata.version !== VERSION) {
    throw new Error(`the checkpoint has version ${metadata.version}, this page reads version ${VERSION}`);
  }
  const recipe = parseStudentRecipe(jsonIn(metadata, "recipe"));
  const step = numberIn(file, "step");
  const lambda = tensors.get("lambda")?.data[0];
  if (typeof lambda !== "number")
    throw new Error('the checkpoint has no number "lambda": the file was changed or cut short');
  const joint = jointIn(metadata);
  return {
    recipe,
    shape: shapeOfFile(tensors, shipped),
    step,
    state: (layout) => ({ step, random: recipe.seed, tensors: statesOf(file, layout), lambda, joint }),
  };
}

/** A norm that is not finite is null in JSON: the run that measured it says so itself. */
const norm = v.pipe(
  v.nullable(v.number()),
  v.transform((value) => value ?? Number.NaN),
);
const jointSchema = v.object({ diffusion: norm, alignment: norm, cosine: norm });

/** null where λ was not moved yet, or the file is of before it was kept. @throws Error where it is none */
function jointIn(metadata: SafetensorsFile["metadata"]): Joint | null {
  if (metadata.joint === undefined) return null;
  const found = v.safeParse(jointSchema, jsonIn(metadata, "joint"));
  if (!found.success) throw new Error(`the checkpoint's "joint" holds no gradients: the file was changed or cut short`);
  return found.output;
}
