import type { StudentRecipe, StudentRecipeInput } from "../../worker/protocol.ts";
import { type StudentSettings, same } from "./settings.ts";

/** The recipe that the settings describe. */
export function studentRecipeOf(settings: StudentSettings): StudentRecipeInput {
  const { start, weigh, share, lambda, width, depth, heads } = settings;
  return {
    ...same(settings),
    ...(weigh === "share" ? { share } : { lambda }),
    ...(start === "random" ? { width, depth, heads } : {}),
  };
}

/** The settings that a run's recipe came from, so that the rail of one that goes on shows what it is. */
export function studentSettingsOf(recipe: StudentRecipe, before: StudentSettings): StudentSettings {
  const { lambda, share, width, depth, heads } = recipe;
  return {
    ...before,
    ...same(recipe),
    ...(lambda === null ? { weigh: "share", share: share ?? before.share } : { weigh: "lambda", lambda }),
    width: width ?? before.width,
    depth: depth ?? before.depth,
    heads: heads ?? before.heads,
  };
}

/** One arm, or two that differ by their loss alone: same start, clips, times and noise. */
export function armsOf(settings: StudentSettings): readonly StudentSettings[] {
  const { loss, beside } = settings;
  return beside === "nothing" || beside === loss ? [settings] : [settings, { ...settings, loss: beside }];
}

/** The arm that takes most: one that is aligned, where there is one. */
export function largestArm(settings: StudentSettings): StudentSettings {
  const arms = armsOf(settings);
  return arms.find(({ loss }) => loss !== "none") ?? arms[0];
}
