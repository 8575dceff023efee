import type { StudentShape } from "../../student/model.ts";
import { alignmentOf, type StudentRecipe } from "./recipe.ts";
import type { StepDesign } from "./step.ts";

/** The block that a recipe aligns in a student of so many: its own, or about 60 % of the depth, as Python rounds. */
export function alignedBlock({ block }: Pick<StudentRecipe, "block">, depth: number): number {
  if (block !== 0) return block;
  const share = 0.6 * depth;
  const half = share - Math.floor(share) === 0.5;
  const rounded = half ? 2 * Math.round(share / 2) : Math.round(share);
  return Math.max(1, rounded);
}

/**
 * What a step of this recipe binds.
 * @param channels of the features that come with the clips
 * @throws RangeError for a block that the student has not
 */
export function designOf(recipe: StudentRecipe, shape: StudentShape, channels: number): StepDesign {
  const { batch: B, tau, margin, hidden, teacher } = recipe;
  const loss = alignmentOf(recipe);
  if (!loss) return { shape, B };
  const block = alignedBlock(recipe, shape.depth);
  const own = recipe.selfBlock === 0 ? shape.depth : recipe.selfBlock;
  if (block > shape.depth || (teacher === "self" && own > shape.depth)) {
    const has = shape.depth === 1 ? "one block" : `${shape.depth} blocks`;
    throw new RangeError(`the student has ${has}, got block ${Math.max(block, own)}: use one that it has`);
  }
  if (teacher === "self" && own <= block) {
    throw new RangeError(
      `block ${own} is to teach block ${block}, which is not before it: align an earlier block, or let a deeper one teach`,
    );
  }
  const self = teacher === "self" ? { channels: shape.width, selfBlock: own } : { channels };
  return { shape, B, alignment: { loss, tau, margin, block, hidden, ...self } };
}
