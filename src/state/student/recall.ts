import { storageIsKept } from "../stored/files.ts";
import { stayedSentence } from "../stored/saves.ts";
import { trainingLock } from "../train/guard.ts";
import { ask } from "./ask.ts";
import { newNumber } from "./events.ts";
import { listStudentRuns, loadClips, loadStudentRun, removeStudentRun } from "./run_files.ts";
import { written } from "./save.ts";
import { changeStudent, isThrough, type StudentRun, setStudents, shownStudents, useStudents } from "./store.ts";
import { isHere, recalledStudent } from "./stored_run.ts";

/** Puts the runs of earlier visits into the table, and offers to go on with the newest that was cut short. */
export async function recallStudents(): Promise<void> {
  // Without a private file system there are none.
  const found = await listStudentRuns().catch(() => []);
  if (found.length === 0) return;
  const old = found.map(({ stored, bytes }) => recalledStudent(stored, newNumber(), bytes));
  setStudents({ kept: await storageIsKept(false).catch(() => false) });
  useStudents.setState(({ runs }) => ({ runs: [...old, ...runs] }));
  const cut = found.findLast(({ stored }) => stored.status !== "failed" && !isThrough(stored));
  if (cut && !(await trainingLock.isElsewhere())) setStudents({ offer: cut.stored.id });
}

/**
 * Another tab may have gone on with a run since the table was filled: what would be saved of it from the old row would take the place
 * of what that tab has saved. To be called while this tab holds the training lock.
 * @returns the run's row, as the disk has it where that is further; undefined where it is in neither
 */
export async function caughtUp(id: string): Promise<StudentRun | undefined> {
  // What this tab is writing itself is no other's.
  await written(id);
  const kept = await loadStudentRun(id).catch(() => undefined);
  const row = useStudents.getState().runs.find((run) => run.id === id);
  if (!kept || kept.stored.step <= (row?.savedStep ?? 0)) return row;
  const now = recalledStudent(kept.stored, row?.run ?? newNumber(), kept.bytes);
  if (!row) {
    useStudents.setState(({ runs }) => ({ runs: [...runs, now] }));
    return now;
  }
  changeStudent(row.run, () => now);
  await bringClips(row.run);
  return now;
}

/** Puts a run on show; one of an earlier visit brings its clips from the disk. */
export async function selectStudent(run: number): Promise<void> {
  setStudents({ selected: run });
  for (const arm of shownStudents(useStudents.getState())) await bringClips(arm.run);
}

/** Brings the clips of a run from the disk, where they are not here: one that went on has those that were drawn since. */
async function bringClips(number: number): Promise<void> {
  const run = useStudents.getState().runs.find((one) => one.run === number);
  if (!run || clipsOf(run).every(isHere)) return;
  const { watched, looks } = await loadClips(run).catch(() => run);
  const read = new Map(looks.map((look) => [look.step, look]));
  changeStudent(number, (now) => ({
    ...now,
    watched,
    looks: now.looks.map((look) => (look.samples.some(isHere) ? look : (read.get(look.step) ?? look))),
  }));
  const found = clipsOf({ watched, looks });
  if (!found.some(isHere))
    setStudents({ notice: "The clips of this run are not on the disk any more; its curves are." });
  else if (!found.every(isHere)) {
    setStudents({ notice: "Some clips of this run are not on the disk any more; the others and its curves are." });
  }
}

const clipsOf = ({ watched, looks }: Pick<StudentRun, "watched" | "looks">) => [
  ...watched,
  ...looks.flatMap(({ samples }) => samples),
];

/** Takes a run out of the table and off the disk. */
export async function deleteStudent(id: string): Promise<void> {
  const { runs, live } = useStudents.getState();
  const gone = runs.find((run) => run.id === id);
  if (gone && live.includes(gone.run)) {
    await ask({ type: "student-stop", run: gone.run });
    // Of a run that is not live no save begins.
    useStudents.setState((now) => ({ live: now.live.filter((run) => run !== gone.run) }));
  }
  await written(id);
  try {
    await removeStudentRun(id);
  } catch (error) {
    // Where nothing can be stored nothing of it was.
    if (gone?.savedStep != null) return setStudents({ notice: stayedSentence(error) });
  }
  useStudents.setState(({ runs: now, selected, offer }) => ({
    runs: now.filter((run) => run.id !== id),
    ...(gone?.run === selected ? { selected: null } : {}),
    ...(offer === id ? { offer: null } : {}),
  }));
}
