import { arenaBytes } from "../../nn/arena.ts";
import { lengthOf } from "../../nn/tape.ts";
import { optimizerBytes } from "../optimizer.ts";
import { drawingBytes } from "./drawing.ts";
import type { StudentRecipe } from "./recipe.ts";
import { stepLayout } from "./start.ts";
import { type Memory, type StepDesign, stepMemory } from "./step.ts";

/** What a run takes of the device, before anything is allocated. */
export interface RunMemory extends Memory {
  /** Numbers that are trained. */
  readonly parameters: number;
}

/** @throws RangeError for sizes that the layers cannot take */
export function runMemory(
  { optimizer, accumulate, samples }: Pick<StudentRecipe, "optimizer" | "accumulate" | "samples">,
  design: StepDesign,
): RunMemory {
  const layout = stepLayout(design, optimizer);
  const step = stepMemory(design);
  const arena = arenaBytes(layout) + optimizerBytes(layout);
  const summed = accumulate > 1 ? 4 * layout.length : 0;
  const drawing = samples > 0 ? drawingBytes(design.shape) : 0;
  return {
    parameters: layout.parameters.reduce((sum, parameter) => sum + lengthOf(parameter), 0),
    bytes: arena + step.bytes + summed + drawing,
    largest: Math.max(4 * layout.length, step.largest),
    shared: step.shared,
  };
}
