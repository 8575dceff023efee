/**
 * What Train does with the diffusion student: runs in the worker, and what they report. The worker holds one of them at a time
 * for this view; curves and clips of the others stay until the page is left.
 */
import { parseSafetensors } from "../../formats/safetensors.ts";
import {
  parseStudentRecipe,
  type Replies,
  type Request,
  type RequestType,
  type StudentEvent,
  type StudentStarted,
  type WorkerEvent,
} from "../../worker/protocol.ts";
import { Batches } from "../batches.ts";
import { ComputeFailure } from "../client.ts";
import { onComputeEvent, tryRequest } from "../compute.ts";
import { failureOf } from "../failure.ts";
import { Reconciler } from "../reconcile.ts";
import { useSession } from "../session.ts";
import { setSettings, useSettings } from "../settings.ts";
import { trainingLock, wakeLock } from "../train/guard.ts";
import { TWO_TABS } from "../train/resume.ts";
import { studentRecipeOf, studentSettingsOf } from "./recipe.ts";
import {
  afterPreparing,
  afterStudentEvent,
  type Busy,
  changeStudent,
  type Ending,
  type GivenFile,
  liveStudent,
  newStudentRun,
  type Students,
  setStudents,
  unsavedSteps,
  useStudentAt,
  useStudents,
} from "./store.ts";
import { costOf, type Foreseen, wantedEstimate } from "./wanted.ts";

let newest = 0;

const { collect, flush } = new Batches<StudentEvent>(
  (waiting) => {
    const { runs, preparing } = useStudents.getState();
    const known = new Set(runs.map(({ run }) => run));
    const batch = waiting.filter(({ run }) => known.has(run));
    if (batch.length > 0) {
      const after = runs.map((run) => batch.filter((event) => event.run === run.run).reduce(afterStudentEvent, run));
      setStudents({ runs: after });
    }
    // A run's first events come before the answer to its start.
    const early = waiting.filter(({ run }) => !known.has(run) && run === newest);
    if (preparing && early.length > 0) setStudents({ preparing: early.reduce(afterPreparing, preparing) });
    return early;
  },
  ({ type }) => type === "student-state",
);

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
    const measured = await ask({ type: "student-measure", recipe: studentRecipeOf(student) });
    if (measured) setStudents({ measured: { ...measured, cost: costOf(student) } });
  });
}

/** Starts to listen. Called once, when the page loads. */
export function startStudents(): void {
  const foresee = () => foresight.run();
  useSettings.subscribe(foresee);
  useSession.subscribe(foresee);
  onComputeEvent((event) => {
    if (isOfStudents(event)) collect(event);
    else if (event.type === "device-gone") {
      flush();
      const { live } = useStudents.getState();
      // The worker says it itself where it lives on, and what is kept.
      if (live !== null) {
        changeStudent(live, (run) =>
          run.status === "running" ? { ...run, status: "failed", failure: event.failure } : run,
        );
      }
    }
  });
  useStudents.subscribe((now) => {
    foresee();
    const run = liveStudent(now);
    wakeLock.want("student", run?.status === "running");
    if (run?.status !== "running" && now.busy === null) trainingLock.release("student");
  });
  addEventListener("beforeunload", (event) => {
    flush();
    if (wouldLose()) event.preventDefault();
  });
}

const isOfStudents = (event: WorkerEvent): event is StudentEvent =>
  event.type === "student-state" ||
  event.type === "student-step-done" ||
  event.type === "student-look" ||
  event.type === "student-prepared" ||
  event.type === "student-watched";

/** Whether steps of the live run are in no file. */
function wouldLose(): boolean {
  const run = liveStudent(useStudents.getState());
  return run !== undefined && unsavedSteps(run) > 0;
}

/** A request whose failure is a sentence above the figure. */
async function ask<T extends RequestType>(message: Extract<Request, { type: T }>): Promise<Replies[T] | undefined> {
  try {
    return await tryRequest(message);
  } catch (error) {
    if (!(error instanceof ComputeFailure)) throw error;
    setStudents({ notice: error.failure.message });
    return undefined;
  }
}

/** Does one thing at a time. */
async function alone(busy: Busy, work: () => Promise<void>): Promise<void> {
  if (useStudents.getState().busy) return;
  setStudents({ busy, notice: null });
  try {
    await work();
  } finally {
    flush();
    setStudents({ busy: null, preparing: null });
  }
}

/** Ends the live run for something else, unless steps would be lost that the user was not asked about. @returns whether it may */
function mayEnd(then: Ending["then"]): boolean {
  flush();
  if (!wouldLose()) return true;
  setStudents({ ending: { then } });
  return false;
}

export async function startStudent(status: "running" | "paused" = "running"): Promise<void> {
  const { start } = useSettings.getState().student;
  const { weights } = useStudents.getState();
  if (start === "file" && !weights) {
    setStudents({ notice: "The start is a file, and none was given: drop a student's safetensors file on this page." });
    return;
  }
  if (!mayEnd("start")) return;
  await begin((run) => {
    const recipe = studentRecipeOf(useSettings.getState().student);
    return ask({
      type: "student-start",
      run,
      recipe,
      weights: start === "file" ? (weights?.bytes ?? null) : null,
      status,
    });
  });
}

/** Goes on from a checkpoint; a finished one takes as many steps more as the settings say. */
export async function goOn(): Promise<void> {
  const { offered } = useStudents.getState();
  if (!offered?.checkpoint || !mayEnd("go-on")) return;
  const { step, recipe } = offered.checkpoint;
  const steps = step >= recipe.steps ? step + useSettings.getState().student.steps : null;
  setStudents({ offered: null });
  await begin((run) => ask({ type: "student-restore", run, bytes: offered.bytes, status: "running", steps }), step);
}

async function begin(
  request: (run: number) => Promise<StudentStarted | undefined>,
  savedStep: number | null = null,
): Promise<void> {
  await alone("start", async () => {
    if (!(await trainingLock.hold("student"))) return setStudents({ notice: TWO_TABS });
    await release();
    const run = ++newest;
    setStudents({ preparing: { prepared: null, watched: [] } });
    const started = await request(run);
    // Cancelled as it answered: what was begun is ended by the request behind it.
    if (!started || cancelled.has(run)) return;
    setSettings({ student: studentSettingsOf(started.recipe, useSettings.getState().student) });
    useStudents.setState(({ runs }) => ({
      runs: [...runs, newStudentRun(started, savedStep)],
      live: run,
      selected: run,
    }));
    useStudentAt.setState({ hover: null, pinned: null });
  });
}

/** Runs whose start the user gave up. */
const cancelled = new Set<number>();

/** Gives up a start, or a measured step, that is under way; a network that runs on a clip is waited for. */
export async function cancelStart(): Promise<void> {
  const run = newest;
  cancelled.add(run);
  await ask({ type: "student-stop", run });
}

export const pauseStudent = () => ofLive("pause", (run) => ask({ type: "student-pause", run }));
export const resumeStudent = () =>
  ofLive("pause", async (run) => {
    if (!(await trainingLock.hold("student"))) return setStudents({ notice: TWO_TABS });
    await ask({ type: "student-resume", run });
  });

/** One step of a paused run, or of a new one. */
export async function stepStudent(): Promise<void> {
  const live = liveStudent(useStudents.getState());
  if (live?.status !== "paused") await startStudent("paused");
  if (liveStudent(useStudents.getState())?.status !== "paused") return;
  await ofLive("step", (run) => ask({ type: "student-step", run }));
}

async function ofLive(busy: Busy, work: (run: number) => Promise<unknown>): Promise<void> {
  const { live } = useStudents.getState();
  if (live === null) return;
  await alone(busy, async () => {
    await work(live);
  });
}

/** Ends the live run, and a pause or a step of it that is under way; its curves and clips stay. */
export async function stopStudent(): Promise<void> {
  if (mayEnd("stop")) await endLive();
}

async function endLive(): Promise<void> {
  const { busy } = useStudents.getState();
  // Whoever waits for the run is answered when it ends.
  if (busy === "pause" || busy === "step") await release();
  else await alone("stop", release);
}

async function release(): Promise<void> {
  const { live } = useStudents.getState();
  if (live === null) return;
  await ask({ type: "student-stop", run: live });
  flush();
  changeStudent(live, (run) => ({ ...run, status: "idle" }));
  setStudents({ live: null });
  useStudents.setState(withoutEmpty);
}

/** A run that was ended before its first look has nothing to show. */
function withoutEmpty({ runs: all, selected }: Students): Pick<Students, "runs" | "selected"> {
  const runs = all.filter(({ status, step, looks }) => status !== "idle" || step > 0 || looks.length > 0);
  return { runs, selected: runs.some(({ run }) => run === selected) ? selected : (runs.at(-1)?.run ?? null) };
}

/** The user was asked: what ends the run goes on, and its steps are given up. */
export async function endAnyway(): Promise<void> {
  const { ending } = useStudents.getState();
  setStudents({ ending: null });
  await endLive();
  if (ending?.then === "start") await startStudent();
  else if (ending?.then === "go-on") await goOn();
}

/** The live run as a file; of a failed run, its last good student. */
export async function studentCheckpoint(): Promise<Uint8Array<ArrayBuffer> | undefined> {
  let bytes: Uint8Array<ArrayBuffer> | undefined;
  await ofLive("save", async (run) => {
    const reply = await ask({ type: "student-checkpoint", run });
    if (!reply) return;
    flush();
    bytes = reply.bytes;
    changeStudent(run, (old) => ({ ...old, savedStep: reply.step }));
  });
  return bytes;
}

/** A safetensors file with a student: it waits until the user says what for. */
export async function offerStudentFile(file: File): Promise<void> {
  setSettings({ view: "train", learns: "student" });
  await alone("read", async () => {
    try {
      setStudents({ offered: givenFile(file.name, new Uint8Array(await file.arrayBuffer())) });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      setStudents({ notice: `“${file.name}” holds no student: ${why}` });
    }
  });
}

/** What a run's checkpoint says it is. */
const FORMAT = "tempered-student";

/** @throws Error with one sentence where the file is broken */
export function givenFile(name: string, bytes: Uint8Array<ArrayBuffer>): GivenFile {
  const { tensors, metadata } = parseSafetensors(bytes);
  if (metadata.format !== FORMAT) return { name, bytes, checkpoint: null };
  const recipe = parseStudentRecipe(JSON.parse(metadata.recipe ?? ""));
  return { name, bytes, checkpoint: { step: Number(tensors.get("step")?.data[0]), recipe } };
}

/** The file's weights are what the next run starts with. */
export function startFromFile(): void {
  const { offered } = useStudents.getState();
  if (!offered) return;
  setStudents({ weights: offered, offered: null });
  setSettings({ student: { ...useSettings.getState().student, start: "file" } });
}
