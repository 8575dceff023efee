import type { ArmRun } from "../../../state/student/plan/plan.ts";
import { isOver } from "../../../state/student/plan/plan.ts";
import { secondsPerStep } from "../../../state/student/store.ts";
import { parseStudentRecipe } from "../../../worker/protocol.ts";

/**
 * Seconds that a plan takes still, or one arm of it; null before any of its arms has taken a step. An arm that has not begun is as
 * fast as the newest that has.
 */
export function planSeconds(arms: readonly ArmRun[], only?: string): number | null {
  const known = arms.flatMap(({ run }) => (run ? (secondsPerStep(run) ?? []) : []));
  const newest = known.at(-1);
  if (newest === undefined) return null;
  const left = arms.filter(({ arm, run }) => !isOver(run) && (only === undefined || arm.run === only));
  return left.reduce((sum, { arm, run }) => {
    const steps = parseStudentRecipe(arm.recipe).steps - (run?.step ?? 0);
    return sum + steps * ((run && secondsPerStep(run)) ?? newest);
  }, 0);
}
