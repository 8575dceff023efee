/** What is asked of a side of a comparison that may be a diffusion student: the shipped one, or the user's own. */
import { encoderTraits, type StudentId } from "./input.ts";
import { type Noising, STUDENT_BLOCKS } from "./noising.ts";
import { isTrainedId, trainedSide } from "./trained.ts";

interface Side {
  readonly encoder: StudentId;
  readonly noising?: Noising;
}

/** In which noise it is looked at, and after which block; null where it is no diffusion student. */
export const noisingOf = ({ encoder, noising }: Side): Noising | null =>
  noising ?? (isTrainedId(encoder) ? trainedSide(encoder).noising : null);

/** The blocks of a diffusion student, and after which of them its training aligns it. */
export interface Blocks {
  readonly count: number;
  readonly aligned: number | null;
}

/** null where it is no diffusion student. */
export function blocksOf(encoder: StudentId): Blocks | null {
  if (isTrainedId(encoder)) {
    const { depth, aligned } = trainedSide(encoder);
    return { count: depth, aligned };
  }
  return encoderTraits(encoder).role === "student" ? STUDENT_BLOCKS : null;
}
