import { type RateSchedule, rateShare } from "./rates.ts";

/** What a run that goes on from a checkpoint changes of its steps: from which on, and how many they were and are. */
export interface StepsChange {
  /** Steps that were taken before. */
  readonly step: number;
  readonly before: number;
  readonly after: number;
}

export const stepsChange = (step: number, before: number, after: number): StepsChange | null =>
  before === after ? null : { step, before, after };

/** What other steps do to rates that fall over all of them, in a sentence; null where they do nothing. */
export function ratesNotice(schedule: RateSchedule, change: StepsChange | null): string | null {
  if (!change || change.after <= change.step || schedule.rateDecay === "none") return null;
  const { step, before, after } = change;
  const next = step + 1;
  const share = (steps: number) => `${(100 * rateShare({ ...schedule, steps }, next)).toFixed(0)} %`;
  return `The rates fall to nothing over all steps, which were ${before} and are ${after} now: step ${next} is taken at ${share(after)} of the full rates, where the ${before} steps had ${share(before)}.`;
}
