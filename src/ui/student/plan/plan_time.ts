import { type ArmRun, isOver, stepsTaken } from "../../../state/student/plan/plan.ts";
import { type MeasuredStep, secondsPerStep } from "../../../state/student/store.ts";
import { type TimeLeft, timeLeft } from "../../../state/student/time_left.ts";
import { parseStudentRecipe } from "../../../worker/protocol.ts";

/**
 * What a plan takes still, or one arm of it; null before any of its arms has taken a step. An arm that has not begun is as fast as
 * the newest that has.
 */
export function planTime(arms: readonly ArmRun[], measured: MeasuredStep | null, only?: string): TimeLeft | null {
  const known = arms.flatMap(({ run }) => (run ? (secondsPerStep(run) ?? []) : []));
  const newest = known.at(-1);
  if (newest === undefined) return null;
  const left = arms.filter((one) => !isOver(one) && (only === undefined || one.arm.run === only));
  const times = left.map((one) => {
    const { arm, run } = one;
    const pace = (run && secondsPerStep(run)) ?? newest;
    return timeLeft(parseStudentRecipe(arm.recipe), run ? stepsTaken(one) : null, pace, measured);
  });
  return { seconds: times.reduce((sum, { seconds }) => sum + seconds, 0), drawn: times.every(({ drawn }) => drawn) };
}
