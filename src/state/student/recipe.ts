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
