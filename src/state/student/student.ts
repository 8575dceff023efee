/**
 * What Train does with the diffusion student: runs in the worker, and what they report. The worker holds one of them at a time
 * for this view; the table holds all of them, and the disk their newest checkpoints.
 */
import { ratesNotice, type StudentRecipeInput, type StudentStarted } from "../../worker/protocol.ts";
import { onComputeEvent, tryRequest } from "../compute.ts";
import { failureOf } from "../failure.ts";
import { Reconciler } from "../reconcile.ts";
import { useSession } from "../session.ts";
import { setSettings, useSettings } from "../settings.ts";
import { otherTabSentence, saidToo } from "../stored/saves.ts";
import { trainingLock, wakeLock } from "../train/guard.ts";
import { newRunId, TWO_TABS } from "../train/resume.ts";
import { alone } from "./alone.ts";
import { ask } from "./ask.ts";
import { collect, flush, isOfStudents, newNumber } from "./events.ts";
import { caughtUp, recallStudents, selectStudent } from "./recall.ts";
import { armsOf, largestArm, studentRecipeOf, studentSettingsOf } from "./recipe.ts";
import { loadStudentCheckpoint } from "./run_files.ts";
import { saveIsDue, saveLive, saveUnsaved } from "./save.ts";
import { followTask, withSentence } from "./sentence.ts";
import type { StudentSettings } from "./settings.ts";
import {
  armsWith,
  type Busy,
  byLiveRun,
  changeStudent,
  type Ending,
  hasCheckpoint,
  isCut,
  letGo,
  liveStatus,
  liveStudents,
  losableSteps,
  newStudentRun,
  type StudentRun,
  type Students,
  setStudents,
  unsavedSteps,
  useStudentAt,
  useStudents,
  wentOn,
} from "./store.ts";
import { costOf, type Foreseen, passOf, wantedEstimate } from "./wanted.ts";

const foresight = new Reconciler<Foreseen>(
  () => ({ estimate: wantedEstimate(useSettings.getState(), useSession.getState(), useStudents.getState()) }),
  {
    estimate: async ({ request }) => {
      const estimate = await tryRequest(request);
      if (estimate) setStudents({ estimate, refusal: null });
      return estimate;
    },
  },
  (error) => setStudents({ estimate: null, refusal: failureOf(error).message }),
);

/** Takes a step of the settings' recipe on made-up clips, to say how long one takes here. */
export async function measureStep(): Promise<void> {
  const { student } = useSettings.getState();
  await alone("measure", async () => {
    const measured = await ask({ type: "student-measure", recipe: studentRecipeOf(largestArm(student)) });
    // Where no clip is drawn, no pass was timed.
    const pass = student.samples > 0 ? passOf(student) : null;
    if (measured) setStudents({ measured: { ...measured, cost: costOf(student), pass } });
  });
}

/** Starts to listen. Called once, when the page loads. */
export function startStudents(): void {
  const foresee = () => foresight.run();
  useSettings.subscribe(foresee);
  useSession.subscribe(foresee);
  followTask();
  onComputeEvent((event) => {
    if (isOfStudents(event)) collect(event);
    else if (event.type === "device-gone") {
      flush();
      // The worker says it itself where it lives on, and what is kept.
      for (const run of useStudents.getState().live) {
        changeStudent(run, (old) =>
          old.status === "running" ? { ...old, status: "failed", failure: event.failure } : old,
        );
      }
    }
  });
  useStudents.subscribe((now, before) => {
    foresee();
    onStudents(now, before);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") void saveUnsaved();
  });
  recalling = recallStudents();
}

let recalling: Promise<void> = Promise.resolve();
/** Waits until the runs of earlier visits are in the table. */
export const studentsRecalled = (): Promise<void> => recalling;

const isOver = (run: StudentRun | undefined) => run?.status === "done" || run?.status === "failed";

/** What the live runs make necessary: the wake lock, saves, and the lock that keeps other tabs from training. */
function onStudents(now: Students, before: Students): void {
  const status = liveStatus(now);
  wakeLock.want("student", status === "running");
  // Of a paused run another tab would go on from the checkpoint, and this one write over what it reaches.
  const goesOn = status === "running" || status === "paused";
  if (!goesOn && now.busy === null) trainingLock.release("student");
  const live = liveStudents(now);
  for (const run of live) {
    const wasOver = isOver(before.runs.find((old) => old.run === run.run));
    // Its last clips were drawn after its last step, perhaps after that was saved.
    if (isOver(run) && !wasOver && run.step > 0) void saveLive(run.run);
  }
  // Of two arms the one that would lose more.
  const [due] = live.filter(saveIsDue).sort((a, b) => unsavedSteps(b) - unsavedSteps(a));
  if (due) void saveLive(due.run);
}

const someLive = (is: (run: StudentRun) => boolean): boolean => liveStudents(useStudents.getState()).some(is);

/**
 * Makes sure that what is live may end for something else: its steps are on the disk, or the user is asked.
 * @returns whether it may
 */
export async function mayEnd(then: Ending["then"], id: string | null = null): Promise<boolean> {
  flush();
  if (!someLive((run) => unsavedSteps(run) > 0)) return true;
  // A look that is being drawn is not waited for.
  await pauseAll();
  await saveUnsaved();
  if (!someLive((run) => losableSteps(run) > 0)) return true;
  setStudents({ ending: { then, id } });
  return false;
}

async function pauseAll(): Promise<void> {
  for (const { run, status } of liveStudents(useStudents.getState())) {
    if (status === "running") await ask({ type: "student-pause", run });
  }
  flush();
}

export async function startStudent(status: "running" | "paused" = "running"): Promise<void> {
  const { student } = useSettings.getState();
  const weights = student.start === "file" ? useStudents.getState().weights : null;
  if (student.start === "file" && !weights) {
    setStudents({ notice: "The start is a file, and none was given: drop a student's safetensors file on this page." });
    return;
  }
  if (!(await mayEnd("start"))) return;
  const arms = armsOf(student);
  const pair = arms.length > 1 ? newRunId() : null;
  const start = (arm: StudentSettings) =>
    starting(studentRecipeOf(arm), { id: newRunId(), pair, weights: weights?.bytes ?? null });
  await begin(() => arms.map(start), status);
}

interface StartingOptions extends Pick<StudentRun, "id" | "pair"> {
  readonly weights: Uint8Array<ArrayBuffer> | null;
}

/** A run that begins with its first step. */
export const starting = (recipe: StudentRecipeInput, { id, pair, weights }: StartingOptions): Arm => ({
  request: (run) => ask({ type: "student-start", run, recipe, weights, status: "paused" }),
  made: (started) => newStudentRun(started, { id, pair }),
});

/** Goes on from a checkpoint; a finished one takes as many steps more as the settings say. */
export async function goOn(): Promise<void> {
  const { offered } = useStudents.getState();
  if (!offered?.checkpoint || !(await mayEnd("go-on"))) return;
  const { step: filedStep, recipe } = offered.checkpoint;
  const steps = filedStep >= recipe.steps ? filedStep + useSettings.getState().student.steps : null;
  setStudents({ offered: null });
  const arm: Arm = {
    request: (run) => ask({ type: "student-restore", run, bytes: offered.bytes, status: "paused", steps }),
    made: (started) => newStudentRun(started, { id: newRunId(), filedStep }),
  };
  await begin(() => [arm], "running");
}

/**
 * Goes on with a run of the table from its checkpoint, and with the arm beside it where neither is done; a finished one takes as
 * many steps more as the settings say.
 */
export async function continueStudent(id: string): Promise<void> {
  if (!(await mayEnd("go-on", id))) return;
  const students = useStudents.getState();
  const run = students.runs.find((one) => one.id === id);
  if (!run) return;
  const arms = armsWith(students, run);
  const areCut = arms.every((arm) => hasCheckpoint(arm) && isCut(arm));
  setStudents({ offer: null });
  await selectStudent(run.run);
  await begin(() => (areCut ? arms : [run]).map(goingOn), "running");
}

/**
 * A run of the table that goes on from its checkpoint.
 * @param old its row as the page showed it: another tab may have gone on with it
 */
export const goingOn = (old: StudentRun): Arm => ({
  request: async (run) => {
    const now = (await caughtUp(old.id)) ?? old;
    if ((now.savedStep ?? 0) > (old.savedStep ?? 0)) alsoSay(otherTabSentence(old.savedStep ?? 0, now.step));
    const bytes = await loadStudentCheckpoint(old.id).catch(() => null);
    if (!bytes) {
      setStudents({ notice: "The checkpoint of this run is not on the disk any more." });
      return undefined;
    }
    // As many steps as the row offered, counted from where the run is by now.
    const more = isCut(old) ? null : now.step + useSettings.getState().student.steps;
    return ask({ type: "student-restore", run, bytes, status: "paused", steps: more });
  },
  made: (started) => {
    const before = useStudents.getState().runs.find(({ id }) => id === old.id) ?? old;
    return wentOn(before, started);
  },
});

/** A run that is to begin. */
export interface Arm {
  /** Has the worker prepare it, paused. */
  request(run: number): Promise<StudentStarted | undefined>;
  /** Its row of the table, in the place of the one of that name. */
  made(started: StudentStarted): StudentRun;
}

/** Adds a sentence to what is already said of this start. */
const alsoSay = (sentence: string): void =>
  useStudents.setState(({ notice }) => ({ notice: saidToo(notice, sentence) }));

/**
 * Ends what is live and begins others.
 * @param choose which run to begin, asked while no other tab can train; where it names none, the live runs stay
 * @param follows whether the rail shows what begins
 * @returns whether they began
 */
export async function begin(
  choose: () => readonly Arm[] | Promise<readonly Arm[]>,
  status: "running" | "paused",
  follows = true,
): Promise<boolean> {
  let began = false;
  await alone("start", async () => {
    givenUp = false;
    if (!(await trainingLock.hold("student"))) return setStudents({ notice: TWO_TABS });
    const arms = await choose();
    if (givenUp || arms.length === 0) return;
    await release();
    for (const { request, made } of arms) {
      const run = newNumber();
      setStudents({ preparing: { run, prepared: null, watched: [] } });
      const started = givenUp ? undefined : await request(run);
      // One arm alone is another run. A cancel while a checkpoint was read came before the request, which made the run all the same.
      if (started && givenUp) await ask({ type: "student-stop", run });
      if (!started || givenUp) return release();
      putLive(made(started));
      const notice = started.projectorAnew ?? ratesNotice(started.recipe, started.stepsChange);
      if (notice) alsoSay(notice);
    }
    const [first] = liveStudents(useStudents.getState());
    if (!first) return;
    began = true;
    if (follows) setSettings({ student: studentSettingsOf(first.recipe, useSettings.getState().student) });
    setStudents({ selected: first.run });
    useStudentAt.setState({ hover: null, pinned: null });
    if (status === "running") await resumeAll();
  });
  return began;
}

const putLive = (now: StudentRun): void =>
  useStudents.setState(({ runs, live, selected }) => ({
    runs: runs.some(({ id }) => id === now.id) ? runs.map((old) => (old.id === now.id ? now : old)) : [...runs, now],
    live: [...live, now.run],
    selected: live.length === 0 ? now.run : selected,
    offer: null,
  }));

async function resumeAll(): Promise<void> {
  for (const { run, status } of liveStudents(useStudents.getState())) {
    if (status === "paused") await ask({ type: "student-resume", run });
  }
}

/** Whether the user gave up the start that is under way. */
let givenUp = false;

/** Gives up a start, or a measured step, that is under way; a network that runs on a clip is waited for. */
export async function cancelStart(): Promise<void> {
  const { busy, preparing } = useStudents.getState();
  if (busy === "measure") await ask({ type: "student-measure-stop" });
  if (busy !== "start") return;
  givenUp = true;
  if (preparing) await ask({ type: "student-stop", run: preparing.run });
}

export const pauseStudent = () =>
  ofLive("pause", async () => {
    await pauseAll();
    await saveUnsaved();
  });
export const resumeStudent = () =>
  ofLive("pause", async () => {
    if (!(await trainingLock.hold("student"))) return setStudents({ notice: TWO_TABS });
    await resumeAll();
  });

/** One step of what is paused, or of what the settings say. */
export async function stepStudent(): Promise<void> {
  if (liveStatus(useStudents.getState()) !== "paused") await startStudent("paused");
  await ofLive("step", async (live) => {
    if (!(await trainingLock.hold("student"))) return setStudents({ notice: TWO_TABS });
    for (const { run, status } of live) if (status === "paused") await ask({ type: "student-step", run });
    await saveUnsaved();
  });
}

async function ofLive(busy: Busy, work: (live: readonly StudentRun[]) => Promise<unknown>): Promise<void> {
  const live = liveStudents(useStudents.getState());
  if (live.length === 0) return;
  await alone(busy, async () => {
    await work(live);
  });
}

/** Ends what is live, and a pause or a step of it that is under way; curves and clips stay. */
export async function stopStudent(): Promise<void> {
  if (await mayEnd("stop")) await endLive();
}

async function endLive(): Promise<void> {
  const { busy } = useStudents.getState();
  // Whoever waits for the run is answered when it ends.
  if (busy === "pause" || busy === "step") await release();
  else await alone("stop", release);
}

async function release(): Promise<void> {
  for (const run of useStudents.getState().live) {
    await ask({ type: "student-stop", run });
    flush();
    changeStudent(run, letGo);
  }
  setStudents({ live: [] });
  useStudents.setState(withoutEmpty);
}

/** A run that was ended before its first look has nothing to show, and is nowhere else. */
function withoutEmpty({ runs: all, selected }: Students): Pick<Students, "runs" | "selected"> {
  const runs = all.filter(({ status, step, looks }) => status !== "idle" || step > 0 || looks.length > 0);
  return { runs, selected: runs.some(({ run }) => run === selected) ? selected : (runs.at(-1)?.run ?? null) };
}

/** The user was asked: what ends the runs goes on, and their steps are given up. */
export async function endAnyway(): Promise<void> {
  const { ending } = useStudents.getState();
  setStudents({ ending: null });
  await endLive();
  if (ending?.then === "start") await withSentence(startStudent);
  else if (ending?.then === "go-on") await (ending.id === null ? goOn() : continueStudent(ending.id));
}

/** A live run as a file; of a failed run, its last good student. */
export async function studentCheckpoint(run: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  let bytes: Uint8Array<ArrayBuffer> | undefined;
  await ofLive("save", async () => {
    const reply = await ask({ type: "student-checkpoint", run });
    if (!reply) return;
    flush();
    bytes = reply.bytes;
    changeStudent(run, (old) => ({ ...old, filedStep: reply.step }));
  });
  return bytes;
}

/** Brings the tensors of a live run as they are now. */
export async function lookAtTensors(run: number): Promise<void> {
  const tensors = await ask({ type: "student-tensors", run });
  if (tensors) useStudents.setState((now) => ({ tensors: { ...byLiveRun(now.tensors), [run]: tensors } }));
}
