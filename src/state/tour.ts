import { create } from "zustand";
import { recall, remember } from "./preferences.ts";
import { useSettings } from "./settings.ts";

const KEY = "tempered.tour";
/** The last leads to Train, where it ends. */
const STEPS = 4;
const SAMPLED = ["clip", "startS", "lengthS", "token", "frames"] as const;

/** The step a first visitor is at, from 0; null once it is done or skipped. */
export const useTour = create<{ readonly step: number | null }>(() => ({
  step: recall(KEY) === "done" ? null : 0,
}));

/** What the user does is the step: a query, a colder τ, another ρ. Called once, when the page loads. */
export function startTour(): void {
  useSettings.subscribe((now, before) => {
    const { step } = useTour.getState();
    // Another clip, window or grid, or a link: the page moves the queries with it, not the user.
    if (step === null || SAMPLED.some((key) => now[key] !== before[key])) return;
    const done = [now.queries !== before.queries, now.tau < before.tau, now.rho !== before.rho][step];
    if (done) nextTourStep();
  });
}

export function nextTourStep(): void {
  const { step } = useTour.getState();
  if (step === null) return;
  if (step + 1 < STEPS) useTour.setState({ step: step + 1 });
  else endTour();
}

export function endTour(): void {
  remember(KEY, "done");
  useTour.setState({ step: null });
}

export function restartTour(): void {
  remember(KEY, null);
  useTour.setState({ step: 0 });
}
