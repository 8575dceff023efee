import { jsonIn, parseSafetensors, type SafetensorsFile, writeSafetensors } from "../../formats/safetensors.ts";
import type { ArenaLayout } from "../../nn/arena.ts";
import type { StudentShape } from "../../student/model.ts";
import { numberIn, oneNumber, statesOf, stateTensors } from "../checkpoint.ts";
import type { TrainableState } from "../session.ts";
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

/** A safetensors file: student and projector, the optimiser's moments, the average, step and λ; the recipe as JSON metadata. */
export function writeStudentCheckpoint(
  { step, tensors, lambda = 0 }: TrainableState,
  layout: ArenaLayout,
  recipe: StudentRecipe,
): Uint8Array<ArrayBuffer> {
  const metadata = { format: FORMAT, version: VERSION, recipe: JSON.stringify(recipe) };
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
  return {
    recipe,
    shape: shapeOfFile(tensors, shipped),
    step,
    state: (layout) => ({ step, random: recipe.seed, tensors: statesOf(file, layout), lambda }),
  };
}
