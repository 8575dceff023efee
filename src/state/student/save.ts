import { storageIsKept } from "../stored/files.ts";
import { diskSentence, Saves } from "../stored/saves.ts";
import { ask } from "./ask.ts";
import { flush } from "./events.ts";
import { saveStudentRun } from "./run_files.ts";
import {
  changeStudent,
  cutAt,
  liveStudents,
  type StudentRun,
  setStudents,
  unsavedSteps,
  useStudents,
} from "./store.ts";

/** Between two saves: nobody loses more than this, or the step that takes longer. */
const SAVE_MS = 15_000;
/** A large student's save may take a second: it costs a twentieth of the time at the most. */
const SHARE = 20;
/** A machine that slept during a save is no slow disk. */
const MOST_MS = 300_000;

const saves = new Saves();
/** What the user was told went wrong with the last save, by run: once is enough. */
const told = new Map<string, string>();

export function saveIsDue(run: StudentRun): boolean {
  if (run.status !== "running" || saves.waiting > 0 || unsavedSteps(run) === 0) return false;
  return (
    // The first save is due at once; where it failed the next waits as any other, since each costs a whole checkpoint.
    (run.savedStep === null && !told.has(run.id)) ||
    performance.now() - saves.endedAt >= Math.min(MOST_MS, Math.max(SAVE_MS, SHARE * saves.took))
  );
}

/** Writes a live run's checkpoint, curves and clips to the disk. */
export const saveLive = (run: number): Promise<void> => saves.make(() => saveNow(run));

/** Waits for the saves that were begun. */
export const savesDone = (): Promise<void> => saves.done;

/** Waits until nothing of a run is being written. */
export const written = (id: string): Promise<void> => saves.written(id);

/** The same of each that has steps that are not there. */
export async function saveUnsaved(): Promise<void> {
  // A step that is over may wait for the next picture to be counted.
  flush();
  for (const run of liveStudents(useStudents.getState())) if (unsavedSteps(run) > 0) await saveLive(run.run);
}

async function saveNow(live: number): Promise<void> {
  if (!useStudents.getState().live.includes(live)) return;
  const checkpoint = await ask({ type: "student-checkpoint", run: live });
  // The curves up to the checkpoint have all arrived before it.
  flush();
  const run = liveStudents(useStudents.getState()).find((one) => one.run === live);
  if (!checkpoint || !run) return;
  const { step, bytes } = checkpoint;
  try {
    const diskBytes = await saves.write(run.id, () => saveStudentRun({ ...cutAt(run, step), step }, bytes));
    told.delete(run.id);
    changeStudent(live, (old) => ({ ...old, savedStep: step, diskBytes }));
    if (useStudents.getState().kept !== true) setStudents({ kept: await storageIsKept(true).catch(() => false) });
  } catch (error) {
    const name = error instanceof Error ? error.name : String(error);
    if (told.get(run.id) === name) return;
    told.set(run.id, name);
    setStudents({ notice: diskSentence(error, run, bytes.byteLength, "Save its checkpoint as a file") });
  }
}
