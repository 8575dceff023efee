import { create } from "zustand";
import { recall, remember } from "./preferences.ts";

const KEY = "tempered.tour";
const STEPS = 3;

/** The step a first visitor is at, from 0; null once it is done or skipped. */
export const useTour = create<{ readonly step: number | null }>(() => ({
  step: recall(KEY) === "done" ? null : 0,
}));

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
