import type { StudentEstimateRequest, StudentMeasured } from "../../worker/protocol.ts";
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

/** What the time of a step depends on, to tell whether one that was measured says something of these settings. */
export function costOf(settings: StudentSettings): string {
  const { start, loss, teacher, batch, optimizer, block, width, depth, heads } = largestArm(settings);
  const drawn = start === "random" ? [width, depth, heads] : [];
  return JSON.stringify([start, batch, optimizer, ...drawn, loss, ...(loss === "none" ? [] : [teacher, block])]);
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
