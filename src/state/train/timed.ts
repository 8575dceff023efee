import { type RecipeInput, reads, type TrainData } from "../../worker/protocol.ts";
import type { TrainRun } from "./store.ts";

/** What the time of a step depends on. */
function costOf(
  { loss, rho, optimizer, hidden, batch, trainFrames }: RecipeInput,
  { grid: { F, H, W, C }, input = "patches", brought }: TrainData,
): string {
  // Of the user's own mask all tokens ask, whatever ρ is.
  const asks = brought ?? (loss && reads(loss, "rho") ? rho : null);
  return JSON.stringify([loss, asks, optimizer, hidden, batch?.windows, batch?.frames, trainFrames, input, F, H, W, C]);
}

/** The newest run that has been timed and whose steps cost what those of a recipe would; undefined where there is none. */
export function timedLike(runs: readonly TrainRun[], recipe: RecipeInput, data: TrainData): TrainRun | undefined {
  const cost = costOf(recipe, data);
  return runs.findLast((run) => run.points.length > 1 && costOf(run.recipe, run.data) === cost);
}
