import { askTelling } from "../compute.ts";
import { storageIsKept } from "../stored/files.ts";
import { diskSentence, Saves } from "../stored/saves.ts";
import { flush } from "./events.ts";
import { loadCheckpoint, saveRun } from "./run_store.ts";
import { changeRun, cutAt, liveRun, setTraining, type TrainRun, useTraining } from "./store.ts";
import type { StoredRun } from "./stored_run.ts";

/** A request of Train: its failure is a sentence above the figure, not a panel in its place. */
export const ask = askTelling(({ message }) => setTraining({ notice: message }));

/** At least this many steps, and this long, between two saves: a fast GPU takes 25 steps in less time than a disk takes 8 MB. */
const SAVE_STEPS = 25;
const SAVE_MS = 3000;
/** On a slow machine fewer steps are as much work: nobody loses more than this, or the step that takes longer. */
const SLOW_SAVE_MS = 15_000;

const saves = new Saves();

const unsavedSteps = ({ step, savedStep }: TrainRun): number => step - (savedStep ?? 0);

export function saveIsDue(run: TrainRun): boolean {
  if (run.status !== "running" || saves.waiting > 0) return false;
  const [steps, ms] = [unsavedSteps(run), performance.now() - saves.endedAt];
  return (steps >= SAVE_STEPS && ms >= SAVE_MS) || (steps > 0 && ms >= SLOW_SAVE_MS);
}

/** Writes the live run's checkpoint and curves to disk. */
export const saveLive = (): Promise<void> => saves.make(saveNow);

/** Waits until nothing of a run is being written. */
export const written = (id: string): Promise<void> => saves.written(id);

/** Saves the live run where it has steps that are not on disk: the tab goes out of sight, and may be closed or discarded there. */
export async function saveUnsaved(): Promise<void> {
  const live = liveRun(useTraining.getState());
  if (live && unsavedSteps(live) > 0) await saveLive();
}

/** How the user gives up what is not saved. */
const GIVE_UP = "export its projector first, or press the button again to give it up.";

/**
 * Makes sure that another run may take the place of the live one: what was trained is on disk, or the user was told that it is
 * not and asks once more.
 * @param what is said of what is not saved
 */
export async function mayReplaceLive(what = GIVE_UP): Promise<boolean> {
  // A run that went on would have other steps to lose each time that it is asked about.
  if (liveRun(useTraining.getState())?.status === "running") await ask({ type: "train-pause" });
  flush();
  await saveUnsaved();
  const live = liveRun(useTraining.getState());
  if (!live || unsavedSteps(live) === 0 || live.warnedAt === live.step) return true;
  changeRun(live.run, (run) => ({ ...run, warnedAt: live.step }));
  const { notice } = useTraining.getState();
  const kept = live.savedStep === null ? "nothing of this run" : `only step ${live.savedStep} of this run`;
  setTraining({
    notice: `${notice ?? ""} Saved is ${kept}, at step ${live.step}: ${what}`.trim(),
  });
  return false;
}

async function saveNow(): Promise<void> {
  const { live } = useTraining.getState();
  if (live === null) return;
  const checkpoint = await ask({ type: "train-checkpoint" });
  // The curves up to the checkpoint have all arrived before it.
  flush();
  const run = useTraining.getState().runs.find((one) => one.run === live);
  if (!checkpoint || !run || useTraining.getState().live !== live) return;
  try {
    await saves.write(run.id, () => saveRun(stored(cutAt(run, checkpoint.step)), checkpoint.bytes));
    changeRun(live, (old) => ({ ...old, savedStep: checkpoint.step }));
    if (useTraining.getState().kept !== true) setTraining({ kept: await storageIsKept(true).catch(() => false) });
  } catch (error) {
    const toldOf = error instanceof Error ? error.name : String(error);
    if (toldOf === run.toldOf) return;
    setTraining({ notice: diskSentence(error, run, checkpoint.bytes.byteLength, "Export the projector") });
    changeRun(live, (old) => ({ ...old, toldOf }));
  }
}

function stored(run: TrainRun): StoredRun {
  const { id, status, step, failure, recipe, data, parameters, bytes, stepsChanges, points, agreement } = run;
  const about = { failure, recipe, data, parameters, bytes, stepsChanges };
  return { version: 1, id, savedAt: Date.now(), status, step, ...about, points, agreement };
}

/**
 * The trained projector with all that is needed to go on, and its step, which need not be the one that is drawn: from the worker
 * while it holds the run, else from the disk.
 */
export async function checkpointOf({
  run,
  id,
  step,
  savedStep,
}: TrainRun): Promise<{ readonly step: number; readonly bytes: Uint8Array<ArrayBuffer> } | undefined> {
  if (useTraining.getState().live === run) return ask({ type: "train-checkpoint" });
  try {
    return { step: savedStep ?? step, bytes: await loadCheckpoint(id) };
  } catch {
    setTraining({ notice: "This run was never saved, and the one after it took its place: run it again." });
    return undefined;
  }
}
