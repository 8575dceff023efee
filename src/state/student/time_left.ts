/** How long runs take still: steps at the pace so far, and the clips that are still to be drawn where a pass was measured here. */
import type { StudentRecipe } from "../../worker/protocol.ts";
import { type MeasuredStep, type StudentRun, secondsPerStep } from "./store.ts";
import { looksOf, passOf } from "./wanted.ts";

export interface TimeLeft {
  readonly seconds: number;
  /** Whether the clips that are still to be drawn are counted. */
  readonly drawn: boolean;
}

/**
 * Of one run.
 * @param step null where it has not begun
 * @param pace seconds of a step
 */
export function timeLeft(
  recipe: StudentRecipe,
  step: number | null,
  pace: number,
  measured: MeasuredStep | null,
): TimeLeft {
  const { steps, evaluateEvery, samples, samplerSteps } = recipe;
  const training = Math.max(steps - (step ?? 0), 0) * pace;
  const looks = step === null ? looksOf(recipe) : Math.ceil(steps / evaluateEvery) - Math.floor(step / evaluateEvery);
  const passes = looks * samples * samplerSteps;
  if (passes === 0) return { seconds: training, drawn: true };
  if (measured?.pass !== passOf(recipe)) return { seconds: training, drawn: false };
  return { seconds: training + passes * measured.secondsPerPass, drawn: true };
}

/**
 * Of a run that goes on; null before its first step, and while it stands.
 * @param live the runs of which that is one: those that go on take their steps in turn with it, and it ends when they do
 */
export function timeLeftOf(
  run: StudentRun,
  live: readonly StudentRun[],
  measured: MeasuredStep | null,
): TimeLeft | null {
  const pace = secondsPerStep(run);
  if (pace === undefined || run.status !== "running") return null;
  const times = live
    .filter(({ status }) => status === "running")
    .map((one) => timeLeft({ ...one.recipe, steps: one.steps }, one.step, secondsPerStep(one) ?? pace, measured));
  return { seconds: times.reduce((sum, { seconds }) => sum + seconds, 0), drawn: times.every(({ drawn }) => drawn) };
}
