import type { ClipEncoders } from "../../data/encode.ts";
import { type Task, taskClip } from "../../data/task.ts";
import { wordIds } from "../../encoders/student_model.ts";
import type { Pause } from "../../gpu/steps.ts";
import { normals } from "../../student/noise.ts";
import { Random, seedOf } from "../../student/random.ts";
import { denoisingLoss, LOSS_CLIPS, silentLoss } from "../../train/diffusion/plausible.ts";
import type { StudentRecipe } from "../../train/diffusion/recipe.ts";
import type { DiffusionRun } from "../../train/diffusion/run.ts";
import { LAWS } from "../../world/laws.ts";
import type { World } from "../../world/world.ts";
import type { BrokenPair, StudentPlausible } from "../protocol/student.ts";
import { VIOLATIONS } from "../protocol/student.ts";

/** What makes the noise of these losses another than that of steps and looks. */
const LOSS_NOISE = 41;

/**
 * Of clip i of a task: its denoising loss by the averaged weights, and that of the same clip with more and with less gravity, from its
 * sentence alone. No pair where gravity does not show in it, or the world cannot show the clip so.
 */
export async function plausibleIn(
  world: World,
  device: DiffusionRun,
  { recipe, task, encoders }: { readonly recipe: StudentRecipe; readonly task: Task; readonly encoders: ClipEncoders },
  i: number,
  pause: Pause,
): Promise<Pick<StudentPlausible, "prompt" | "seed" | "pairs">> {
  const { prompt, seed, laws } = taskClip(task, recipe.drawn === "trained" ? "train" : "validation", i);
  const framesAt = (gravity: number) => {
    try {
      return world.makeClip(prompt, seed, { ...laws, gravity }).frames;
    } catch {
      return null;
    }
  };
  const whole = framesAt(laws.gravity);
  const { least, most } = LAWS.gravity;
  const broken = VIOLATIONS.flatMap((by) => {
    const both = [laws.gravity * (1 + by), laws.gravity * (1 - by)];
    if (both.some((gravity) => gravity < least || gravity > most)) return [];
    const [more, less] = both.map(framesAt);
    // Each break stands beside its mirror: what only adds or takes paint is caught in one of both.
    return more && less ? [{ by, more, less }] : [];
  });
  if (!whole || broken.length === 0 || broken.every(({ more }) => same(more, whole)))
    return { prompt, seed, pairs: [] };

  const words = Array.from(wordIds(prompt), Number);
  const forward = await device.averaged(LOSS_CLIPS);
  try {
    let noise: Float32Array | null = null;
    const lossOf = async (frames: Uint8Array) => {
      const x0 = await encoders.tokens(frames);
      noise ??= normals(x0.length, new Random(seedOf(recipe.seed, LOSS_NOISE, i)));
      const loss = await denoisingLoss(forward, { x0, noise, words }, pause);
      await pause();
      return { loss, silent: silentLoss(x0) };
    };
    const own = await lossOf(whole);
    const pairs: BrokenPair[] = [];
    for (const { by, more, less } of broken) {
      for (const [way, frames] of [["more", more] as const, ["less", less] as const]) {
        const other = await lossOf(frames);
        pairs.push({ by, way, caught: other.loss > own.loss, silent: other.silent > own.silent });
      }
    }
    return { prompt, seed, pairs };
  } finally {
    forward.destroy();
  }
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.every((value, at) => value === b[at]);
