import { create } from "zustand";
import { openNotes } from "./notes.ts";
import { recall, remember } from "./preferences.ts";
import { setSettings, useSettings } from "./settings.ts";

const KEY = "tempered.tour";
/** The last leads to Train, where it ends. */
const STEPS = 4;
const SAMPLED = ["clip", "startS", "lengthS", "token", "frames"] as const;

interface Tour {
  /** The step a first visitor is at, from 0; null once it is done or skipped. */
  readonly step: number | null;
  /** The user asked for it and has not been led to it yet. */
  readonly sought: boolean;
}

export const useTour = create<Tour>(() => ({ step: recall(KEY) === "done" ? null : 0, sought: false }));

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

/** It stands in Explore's notes. */
export function restartTour(): void {
  remember(KEY, null);
  openNotes(true);
  useTour.setState({ step: 0, sought: true });
  setSettings({ view: "explore" });
}

export const tourFound = (): void => useTour.setState({ sought: false });
