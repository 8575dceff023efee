import type { Replies, Request, RequestType } from "../../worker/protocol.ts";
import { ComputeFailure } from "../client.ts";
import { tryRequest } from "../compute.ts";
import { loadCheckpoint, type StoredRun, saveRun } from "./run_store.ts";
import { changeRun, cutAt, setTraining, type TrainRun, useTraining } from "./store.ts";

/** A request of Train: its failure is a sentence above the figure, not a panel in its place. */
export async function ask<T extends RequestType>(
  message: Extract<Request, { type: T }>,
): Promise<Replies[T] | undefined> {
  try {
    return await tryRequest(message);
  } catch (error) {
    if (!(error instanceof ComputeFailure)) throw error;
    setTraining({ notice: error.failure.message });
    return undefined;
  }
}

/** At least this many steps, and this long, between two saves: a fast GPU takes 25 steps in less time than a disk takes 8 MB. */
const SAVE_STEPS = 25;
const SAVE_MS = 3000;

let saving: Promise<void> | undefined;
let savedAt = 0;

export function saveIsDue({ status, step, savedStep }: TrainRun): boolean {
  return (
    status === "running" && step - (savedStep ?? 0) >= SAVE_STEPS && performance.now() - savedAt >= SAVE_MS && !saving
  );
}

/** Writes the live run's checkpoint and curves to disk; two saves never overlap. */
export async function saveLive(): Promise<void> {
  await saving;
  saving = saveNow().finally(() => {
    saving = undefined;
    savedAt = performance.now();
  });
  await saving;
}

async function saveNow(): Promise<void> {
  const { live } = useTraining.getState();
  if (live === null) return;
  const checkpoint = await ask({ type: "train-checkpoint" });
  const run = useTraining.getState().runs.find((one) => one.run === live);
  if (!checkpoint || !run || useTraining.getState().live !== live) return;
  try {
    await saveRun(stored(cutAt(run, checkpoint.step)), checkpoint.bytes);
    changeRun(live, (old) => ({ ...old, savedStep: checkpoint.step }));
  } catch (error) {
    setTraining({ notice: diskSentence(error, run, checkpoint.bytes.byteLength) });
  }
}

function stored(run: TrainRun): StoredRun {
  const { id, status, step, recipe, data, parameters, bytes, points, agreement } = run;
  return { version: 1, id, savedAt: Date.now(), status, step, recipe, data, parameters, bytes, points, agreement };
}

function diskSentence(error: unknown, { savedStep }: TrainRun, bytes: number): string {
  const kept = savedStep === null ? "nothing of this run is saved yet" : `the save of step ${savedStep} is kept`;
  if (error instanceof DOMException && error.name === "QuotaExceededError") {
    return `The disk has no room for this checkpoint of ${(bytes / 1e6).toFixed(1)} MB; training goes on, and ${kept}. Delete runs from the table, or export the projector.`;
  }
  const why = error instanceof Error ? error.message : String(error);
  return `This browser did not store the checkpoint (${why}); training goes on, and ${kept}. Export the projector to keep it.`;
}

/** The trained projector with all that is needed to go on: from the worker while it holds the run, else from the disk. */
export async function checkpointOf({ run, id }: TrainRun): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (useTraining.getState().live === run) return (await ask({ type: "train-checkpoint" }))?.bytes;
  try {
    return await loadCheckpoint(id);
  } catch {
    setTraining({ notice: "This run was never saved, and the one after it took its place: run it again." });
    return undefined;
  }
}
