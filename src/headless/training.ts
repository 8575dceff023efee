import type { ComputeClient } from "../state/client.ts";
import {
  type AdapterSummary,
  type Replies,
  type Request,
  type RequestType,
  ratesNotice,
  type StepsChange,
  type StudentStarted,
  type TrainStarted,
} from "../worker/protocol.ts";

/** The one run that a headless page trains, for a shell that saves what there is or ends it early. */
export interface Training {
  /** What the run has reached, as the command will answer it. */
  soFar(): Promise<{ readonly json: object; readonly checkpoint: string | null }>;
  stop(): Promise<void>;
}

/** "over": the command gathers, or has handed over, what it answers. */
let stage: "before" | Training | "over" = "before";

export function trainingBegins(training: Training): void {
  stage = training;
}

export function trainingEnds(): void {
  stage = "over";
}

/** What the run has reached; null while none is training. */
export const trainingSoFar = async () => (typeof stage === "string" ? null : stage.soFar());

/** Ends the run after its current step: the command answers with what there is. @returns false before the training: it has nothing */
export async function stopTraining(): Promise<boolean> {
  if (typeof stage !== "string") await stage.stop();
  return stage !== "before";
}

/** What a command asks the worker, one thing after another. */
export type Ask = <T extends RequestType>(message: Extract<Request, { type: T }>) => Promise<Replies[T]>;

export const askingOf =
  (client: ComputeClient): Ask =>
  async <T extends RequestType>(message: Extract<Request, { type: T }>) => {
    const reply = await client.request<T>(message);
    if (reply === undefined) throw new Error(`${message.type} was superseded, though nothing else was asked`);
    return reply;
  };

/** Says what other steps do to the rates of a run that goes on. @returns the changes, for its file */
export function tellStepsChange({ recipe, stepsChange }: TrainStarted | StudentStarted): StepsChange[] {
  const notice = ratesNotice(recipe, stepsChange);
  if (notice) console.info(notice);
  return stepsChange ? [stepsChange] : [];
}

/** Takes out of what a run has said so far what came after a step: on a restored device it goes back to its last state, and that did not happen. */
export function cutAfter(step: number, ...said: readonly { readonly step: number }[][]): void {
  for (const lines of said) lines.splice(0, lines.length, ...lines.filter((line) => line.step <= step));
}

/** The adapter in words, for a run's file. */
export const adapterName = ({ vendor, architecture, description }: AdapterSummary): string =>
  [vendor, architecture, description].filter((word) => word !== "").join(" ");
