import { fromHalf } from "../../formats/half.ts";
import type { Pause } from "../../gpu/steps.ts";
import { normals } from "../../student/noise.ts";
import { Random, seedOf } from "../../student/random.ts";
import { alphas, noised } from "../../student/schedule.ts";
import { correspondence } from "../../train/diffusion/correspond.ts";
import type { StudentRecipe } from "../../train/diffusion/recipe.ts";
import type { DiffusionRun } from "../../train/diffusion/run.ts";
import type { StepDesign } from "../../train/diffusion/step.ts";
import type { PreparedClip } from "../../train/prepared_clip.ts";
import { lawsWith } from "../../world/laws.ts";
import type { World } from "../../world/world.ts";
import { BadRequest } from "../failures.ts";
import type { StudentCorrespondence, StudentCorrespondRequest } from "../protocol/student.ts";

/** What makes the noise of a look another than those of steps and of drawn clips. */
const LOOK = 31;

interface Inside {
  readonly device: DiffusionRun;
  readonly design: StepDesign;
  readonly recipe: StudentRecipe;
}

/**
 * Where a token of a clip is found, by the teacher and by a student in training that sees the whole clip in noise; the noise is the
 * same every time.
 * @throws BadRequest for a block or a token that is not there
 */
export async function correspondIn(
  world: World,
  { device, design, recipe }: Inside,
  { prompt, seed, words, x0, teacher }: PreparedClip,
  { query, block, t }: Pick<StudentCorrespondRequest, "query" | "block" | "t">,
  pause: Pause,
): Promise<Omit<StudentCorrespondence, "run" | "step" | "asked">> {
  const { depth, frames, rows } = design.shape;
  const levels = alphas();
  if (!(block >= 1 && block <= depth)) throw new BadRequest(`the student has blocks 1 to ${depth}, got ${block}`);
  if (levels[t] === undefined) throw new BadRequest(`t is a whole number from 0 to ${levels.length - 1}, got ${t}`);
  const noise = normals(x0.length, new Random(seedOf(recipe.seed, LOOK, seed)));
  const x = Float32Array.from(noised(x0, noise, levels[t]));
  const values = await device.featuresOf({ x, t: [t], words, given: [0] }, block, pause);
  const [F, S] = [2 * frames, rows ** 2];
  const found = (features: Float32Array, of: number) => {
    try {
      return correspondence({ values: features, F: of, S }, F, query, recipe.tau);
    } catch (error) {
      throw error instanceof RangeError ? new BadRequest(error.message) : error;
    }
  };
  const theirs = teacher && new Float32Array(teacher.halves.length);
  if (teacher && theirs) fromHalf(teacher.halves, theirs);
  return {
    prompt,
    seed,
    frames: world.makeClip(prompt, seed, lawsWith(recipe.laws)).frames,
    tau: recipe.tau,
    grid: { F, rows },
    teacher: theirs && found(theirs, F),
    student: found(values, frames),
  };
}
