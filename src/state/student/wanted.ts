import { reads, type StudentEstimateRequest, type StudentMeasured, type StudentRecipe } from "../../worker/protocol.ts";
import type { Want } from "../reconcile.ts";
import type { Session } from "../session.ts";
import type { Settings } from "../settings.ts";
import { armsOf, largestArm, studentRecipeOf } from "./recipe.ts";
import type { StudentSettings } from "./settings.ts";
import { liveStatus, type Students } from "./store.ts";

type EstimateRequest = StudentEstimateRequest & { readonly type: "student-estimate" };

/** The part of a student's training that follows the settings. Runs do not: the user starts them. */
export interface Foreseen {
  /** What the settings would take. */
  readonly estimate: EstimateRequest;
}

/** Wanted before a run: while one goes on, it says itself what it takes. A file's student has sizes that only the worker reads. */
export function wantedEstimate(
  settings: Settings,
  { compute }: Session,
  students: Students,
): Want<EstimateRequest> | undefined {
  const idle = students.busy === null && liveStatus(students) !== "running";
  const shown = settings.view === "train" && settings.learns === "student";
  if (!shown || !idle || settings.student.start === "file" || compute?.backend !== "webgpu") return undefined;
  const recipe = studentRecipeOf(largestArm(settings.student));
  return { request: { type: "student-estimate", recipe }, of: compute, restMs: 250 };
}

/** What the times of a step and of a pass depend on, to tell whether those that were measured say something of these settings. */
export function costOf(settings: StudentSettings): string {
  const arm = largestArm(settings);
  const { start, batch, optimizer, width, depth, heads, samples } = arm;
  const shape = start === "random" ? [width, depth, heads] : [];
  // Where no clip is drawn, no pass was timed.
  return JSON.stringify([start, batch, optimizer, ...shape, ...alignmentCost(arm), samples > 0]);
}

/** What the time of a pass depends on. A file's student is never measured before its run. */
export const passOf = ({
  start,
  width,
  depth,
  heads,
}: Pick<StudentSettings | StudentRecipe, "start" | "width" | "depth" | "heads">): string =>
  JSON.stringify(start === "random" ? [start, width, depth, heads] : [start]);

/** What of it the alignment loss adds: through how wide a projector, and how many queries ask. */
function alignmentCost({ loss, teacher, block, hidden, rho }: StudentSettings): unknown[] {
  if (loss === "none") return [loss];
  return [loss, teacher, block, hidden, ...(reads(loss, "rho") ? [rho] : [])];
}

/** Of all steps and looks of a run, and of each of its arms, at the pace that was measured; its clips are not counted. */
export function secondsOfRun(
  { secondsPerStep, secondsPerPass }: Pick<StudentMeasured, "secondsPerStep" | "secondsPerPass">,
  settings: StudentSettings,
): number {
  const { steps, samples, samplerSteps } = settings;
  const drawing = looksOf(settings) * samples * samplerSteps * secondsPerPass;
  return armsOf(settings).length * (steps * secondsPerStep + drawing);
}

/** Looks of a run: before its first step, every so many, and at its end. */
export const looksOf = ({ steps, evaluateEvery }: Pick<StudentSettings, "steps" | "evaluateEvery">): number =>
  1 + Math.ceil(steps / evaluateEvery);
