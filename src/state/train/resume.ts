import { type ProjectorFile, readProjectorFile } from "../../formats/projector_file.ts";
import { ratesNotice, type TrainStarted } from "../../worker/protocol.ts";
import { useSession } from "../session.ts";
import { setSettings, useSettings } from "../settings.ts";
import { failsAgain } from "../stored/fails_again.ts";
import { storageIsKept } from "../stored/files.ts";
import { otherTabSentence, saidToo, stayedSentence } from "../stored/saves.ts";
import { changesOfCheckpoint } from "../stored/steps_changes.ts";
import { bringClip } from "./bring_clip.ts";
import { flush } from "./events.ts";
import { trainingLock } from "./guard.ts";
import { settingsOf } from "./recipe.ts";
import { listRuns, loadCheckpoint, loadRun, removeRun } from "./run_store.ts";
import { ask, mayReplaceLive, written } from "./save.ts";
import { changeRun, cutAt, isOver, liveRun, type RunClip, setTraining, type TrainRun, useTraining } from "./store.ts";
import type { StoredRun } from "./stored_run.ts";

export const TWO_TABS =
  "Another tab is training: finish, pause and close it there first. Two at once would share one GPU and write the same files.";

/** Said of a file that comes while something is under way. */
export const waitSentence = (busy: string, file: string): string =>
  `${busy} is under way: drop “${file}” again when that is over.`;

/** Lets other tabs train, unless this one has a run to go on with. */
export function letOthersTrain(): void {
  const live = liveRun(useTraining.getState());
  if (!live || isOver(live)) trainingLock.release("projector");
}

let nextRun = 1;
export const newRunNumber = (): number => nextRun++;
const UNTOLD = { toldOf: null, warnedAt: null } as const;
export const newRunId = (): string => `${Date.now().toString(36)}-${crypto.randomUUID().slice(0, 4)}`;

/** Puts the runs of earlier visits into the table, and offers to resume the newest that was cut short. */
export async function recallRuns(): Promise<void> {
  // Without a private file system there are none.
  const found = await listRuns().catch(() => []);
  const old = found.map((one) => recalled(one, newRunNumber()));
  if (old.length > 0) setTraining({ kept: await storageIsKept(false).catch(() => false) });
  useTraining.setState(({ runs }) => ({ runs: [...old, ...runs] }));
  const cut = found.findLast(({ status, failure }) => status !== "done" && !failsAgain(failure));
  if (cut && !(await trainingLock.isElsewhere())) setTraining({ offer: cut.id });
}

const recalled = (
  {
    id,
    recipe,
    data,
    parameters,
    bytes,
    stepsChanges = [],
    status,
    step,
    failure = null,
    points,
    agreement,
  }: StoredRun,
  run: number,
): TrainRun => ({
  run,
  id,
  recipe,
  data,
  parameters,
  bytes,
  stepsChanges,
  status: status === "running" ? "paused" : status,
  step,
  failure,
  points,
  agreement,
  snapshots: [],
  clip: null,
  savedStep: step,
  ...UNTOLD,
  drawn: false,
});

/** Own copies of what a run's figure needs: the session closes its pictures with the next clip. */
export async function copyClip(): Promise<RunClip | null> {
  const { encoded } = useSession.getState();
  if (!encoded) return null;
  const { tokenPx, frames } = encoded;
  try {
    const images = await Promise.all(encoded.images.map((image) => createImageBitmap(image)));
    return { images, tokenPx, frames };
  } catch {
    // Replaced while it was copied.
    return null;
  }
}

/** Goes on with a run from its checkpoint; a finished one takes as many steps more as the settings say. */
export async function continueRun(id: string): Promise<void> {
  const run = useTraining.getState().runs.find((one) => one.id === id);
  if (!run) return;
  await exclusively("Loading the checkpoint", async () => {
    // Another tab that trains may write the run while it is read.
    if (!(await trainingLock.hold("projector"))) return setTraining({ notice: TWO_TABS });
    const now = await caughtUp(run);
    const bytes = await loadCheckpoint(id);
    // As many steps as the row offered, counted from where the run is by now.
    const more = run.step >= run.recipe.steps ? now.step + useSettings.getState().steps : null;
    if (!(await mayReplaceLive()) || !(await bringClip(run.data))) return;
    await restore(now, bytes, more);
  });
}

/** A row of the table as the disk has it, where another tab has gone on with its run: what is saved next takes the place of that. */
async function caughtUp(before: TrainRun): Promise<TrainRun> {
  // What this tab is writing itself is no other's.
  await written(before.id);
  const stored = await loadRun(before.id).catch(() => undefined);
  const row = useTraining.getState().runs.find(({ run }) => run === before.run) ?? before;
  if (!stored || stored.step <= (row.savedStep ?? 0)) return row;
  const { snapshots, clip, drawn } = row;
  const now = { ...recalled(stored, row.run), snapshots, clip, drawn };
  changeRun(row.run, () => now);
  setTraining({ notice: otherTabSentence(row.savedStep ?? 0, now.step) });
  return now;
}

/** Goes on from a checkpoint file. */
export async function openCheckpoint(file: File): Promise<void> {
  setSettings({ view: "train", learns: "projector" });
  const { busy } = useTraining.getState();
  if (busy) return setTraining({ notice: waitSentence(busy, file.name) });
  await exclusively("Reading the checkpoint", async () => {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const fullSize = readProjectorFile(bytes);
    if (fullSize) return setTraining({ notice: `“${file.name}” ${unlikeOurs(fullSize)}` });
    const inspected = await ask({ type: "train-inspect", bytes: bytes.slice() });
    if (!inspected) {
      setTraining({ notice: `“${file.name}” is no checkpoint of Train: ${useTraining.getState().notice}` });
      return;
    }
    // A file that is none leaves the live run as it goes.
    if (!(await mayReplaceLive()) || !(await bringClip(inspected.data))) return;
    const { step, recipe } = inspected;
    const more = step >= recipe.steps ? step + useSettings.getState().steps : null;
    await restore(null, bytes, more);
  });
}

/** Why Train cannot go on from a projector of full size: it starts from a large model's features, which are not computed here. */
const unlikeOurs = ({ inputs, block, hidden, outputs, stride }: ProjectorFile): string =>
  `is the projector of a run at full size: from ${inputs} channels after block ${block}, over ${hidden.join(" · ")}, to the teacher's ${outputs}, with stride ${stride}. ` +
  "Train's own starts from the pixels of a patch, so it cannot go on from this one: open the run's metrics.jsonl here, and what its model sees, by scale/features.py, in Compare.";

async function exclusively(busy: string, work: () => Promise<void>): Promise<void> {
  if (useTraining.getState().busy) return;
  setTraining({ busy, notice: null, offer: null });
  try {
    await work();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    setTraining({ notice: `That checkpoint could not be read: ${why}` });
  } finally {
    setTraining({ busy: null });
    letOthersTrain();
  }
}

async function restore(old: TrainRun | null, bytes: Uint8Array<ArrayBuffer>, steps: number | null): Promise<void> {
  if (!(await trainingLock.hold("projector"))) return setTraining({ notice: TWO_TABS });
  const clip = await copyClip();
  const run = old?.run ?? newRunNumber();
  const started = await ask({ type: "train-restore", run, bytes, status: "running", steps });
  if (!started) return;
  const { input = "patches", brought = "" } = started.data;
  setSettings({ ...settingsOf(started.recipe), trainInput: input, mask: brought });
  if (old) changeRun(run, (now) => ({ ...wentOn(now, started), clip, drawn: true }));
  else addRun(started, newRunId(), clip);
  setTraining({ live: run, selected: run });
  const notice = ratesNotice(started.recipe, started.stepsChange);
  // Another tab may have gone on with it, which is said already.
  if (notice) useTraining.setState(({ notice: said }) => ({ notice: saidToo(said, notice) }));
  flush();
}

const begun = ({ recipe, data, parameters, bytes, status, step, failure }: TrainStarted) => ({
  recipe,
  data,
  parameters,
  bytes,
  status,
  step,
  failure,
});

const changesIn = ({ stepsChange }: TrainStarted) => (stepsChange ? [stepsChange] : []);

/** A run of the table that the worker took up again. */
function wentOn(before: TrainRun, started: TrainStarted): TrainRun {
  const kept = cutAt(before, started.step);
  const { step, stepsChange, recipe } = started;
  const taken = changesOfCheckpoint(kept.stepsChanges, step, stepsChange?.before ?? recipe.steps);
  return { ...kept, ...begun(started), stepsChanges: [...taken, ...changesIn(started)] };
}

/** Puts a run that the worker has begun into the table. */
export function addRun(started: TrainStarted, id: string, clip: RunClip | null): void {
  const made: TrainRun = {
    run: started.run,
    id,
    ...begun(started),
    stepsChanges: changesIn(started),
    points: [],
    agreement: [],
    snapshots: [],
    clip,
    savedStep: null,
    ...UNTOLD,
    drawn: true,
  };
  useTraining.setState(({ runs }) => ({ runs: [...runs, made] }));
}

/** Takes a run off the disk and out of the table. One that stays on the disk stays in the table: it would be back with the next visit. */
export async function deleteRun(id: string): Promise<void> {
  const { runs, live } = useTraining.getState();
  const gone = runs.find((run) => run.id === id);
  if (gone && gone.run === live) {
    await ask({ type: "train-stop" });
    // Of a run that is not live no save begins.
    setTraining({ live: null, plan: null });
    trainingLock.release("projector");
  }
  await written(id);
  try {
    await removeRun(id);
  } catch (error) {
    // Where nothing can be stored nothing of it was.
    if (gone?.savedStep != null) return setTraining({ notice: stayedSentence(error) });
  }
  // Another run may have gone on meanwhile.
  useTraining.setState(({ runs: now, selected, offer }) => {
    const left = now.filter((run) => run.id !== id);
    return {
      runs: left,
      ...(gone?.run === selected ? { selected: left.at(-1)?.run ?? null } : {}),
      ...(offer === id ? { offer: null } : {}),
    };
  });
}
