import { LOSSES, type StudentRecipe } from "../../worker/protocol.ts";
import type { Busy, StudentRun } from "./store.ts";

/** What is under way. */
export const BUSY: Readonly<Record<Busy, string>> = {
  measure: "Measuring a step",
  start: "Preparing the run",
  step: "Taking one step",
  pause: "Finishing its step",
  save: "Making the checkpoint",
  stop: "Stopping",
  read: "Reading the file",
};

export const armName = (loss: StudentRecipe["loss"]): string =>
  loss === "none" ? "diffusion alone" : LOSSES[loss].name;

/** A run's student as it is on the disk: "M-TSA on solids, seed 1, step 300". */
export const runName = ({
  recipe: { loss, task, seed },
  savedStep,
}: Pick<StudentRun, "recipe" | "savedStep">): string => `${armName(loss)} on ${task}, seed ${seed}, step ${savedStep}`;
