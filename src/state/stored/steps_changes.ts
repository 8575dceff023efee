import type { StepsChange } from "../../worker/protocol.ts";

/**
 * Of the changes of a run's steps those that its checkpoint has: one that was to begin at the checkpoint's own step may have been given
 * up before it was stored.
 * @param step of the checkpoint
 * @param steps that the checkpoint says there are
 */
export const changesOfCheckpoint = (
  changes: readonly StepsChange[],
  step: number,
  steps: number,
): readonly StepsChange[] => changes.filter((one) => one.step < step || (one.step === step && one.after === steps));
