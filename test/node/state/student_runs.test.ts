// Runs of the diffusion student, against a worker that answers by hand: who may train, what a file is worth, what a cancel ends.
import { beforeEach, expect, test, vi } from "vitest";
import { DEFAULTS, useSettings } from "../../../src/state/settings.ts";
import { answerFirst, startFirst, useFirst } from "../../../src/state/student/first.ts";
import { FIRST } from "../../../src/state/student/preset.ts";
import { deleteStudent, recallStudents } from "../../../src/state/student/recall.ts";
import { studentRecipeOf } from "../../../src/state/student/recipe.ts";
import { takeSentence, typeSentence, withSentence } from "../../../src/state/student/sentence.ts";
import { STUDENT_DEFAULTS } from "../../../src/state/student/settings.ts";
import { hasCheckpoint, type StudentRun, unsavedSteps, useStudents, wentOn } from "../../../src/state/student/store.ts";
import { readStoredStudent, storedStudent } from "../../../src/state/student/stored_run.ts";
import {
  cancelStart,
  continueStudent,
  measureStep,
  pauseStudent,
  resumeStudent,
  startStudent,
  startStudents,
  stepStudent,
  stopStudent,
  studentCheckpoint,
} from "../../../src/state/student/student.ts";
import { studentJson } from "../../../src/ui/student/files.ts";
import type {
  StudentEstimate,
  StudentRestoreRequest,
  StudentStarted,
  StudentStartRequest,
} from "../../../src/worker/protocol.ts";
import { answers, asked, emit, othersMayTrain, stubBrowser, typesAsked } from "../../support/fake_page.ts";
import { studentPage } from "../../support/student_page.ts";

const disk = vi.hoisted(() => ({
  save: async (_run: unknown): Promise<number> => 1000,
  list: async (): Promise<unknown[]> => [],
  remove: async (_id: string): Promise<void> => {},
}));
vi.mock("../../../src/state/compute.ts", async () => (await import("../../support/fake_page.ts")).compute);
vi.mock("../../../src/state/student/run_files.ts", () => ({
  saveStudentRun: (run: unknown) => disk.save(run),
  listStudentRuns: () => disk.list(),
  loadStudentRun: async () => undefined,
  loadStudentCheckpoint: async () => new Uint8Array(8),
  removeStudentRun: (id: string) => disk.remove(id),
}));

stubBrowser();
startStudents();

const STEPS = 20;
const { students, live, state, started } = studentPage(STEPS);
/** The live run draws its last clips, and is done. */
function finished(steps: number) {
  const { run } = live();
  emit({ type: "student-look", run, step: steps, samples: [], joint: null });
  emit({ type: "student-state", run, status: "done", step: steps, steps, failure: null });
}
const full = () => Promise.reject(new DOMException("no room", "QuotaExceededError"));

beforeEach(() => {
  useStudents.setState(useStudents.getInitialState());
  useSettings.setState({ ...DEFAULTS, student: { ...STUDENT_DEFAULTS, steps: STEPS } });
  asked.length = 0;
  answers.clear();
  disk.save = async () => 1000;
  disk.list = async () => [];
  disk.remove = async () => {};
  answers.set("student-start", ({ run, recipe }: StudentStartRequest) => started(run, recipe, 0));
  answers.set("student-resume", ({ run }: { run: number }) => state(run, "running", live().step));
  answers.set("student-pause", ({ run }: { run: number }) => state(run, "paused", live().step));
  answers.set("student-step", ({ run }: { run: number }) => state(run, "paused", live().step + 1));
  answers.set("student-stop", ({ run }: { run: number }) => state(run, "idle", 0));
  answers.set("student-checkpoint", () => ({ step: live().step, bytes: new Uint8Array(8) }));
});

test("no other tab may train while a run is paused: it would be overwritten when this one goes on", async () => {
  await startStudent();
  state(live().run, "running", 4);
  await pauseStudent();
  expect([live().status, live().savedStep]).toEqual(["paused", 4]);
  expect(await othersMayTrain()).toBe(false);
  await stepStudent();
  await resumeStudent();
  expect([live().status, live().step]).toEqual(["running", 5]);
  state(live().run, "done", STEPS);
  await vi.waitFor(() => expect(students().runs[0].savedStep).toBe(STEPS));
  expect(await othersMayTrain()).toBe(true);
});

test("one step waits for the other tab, too", async () => {
  await startStudent("paused");
  const [run] = students().runs;
  await stopStudent();
  let end: () => void = () => {};
  const other = navigator.locks.request("tempered-train", {}, () => new Promise<void>((over) => (end = over)));
  useStudents.setState({ runs: [{ ...run, status: "paused" }], live: [run.run] });
  await stepStudent();
  expect(typesAsked()).not.toContain("student-step");
  expect(students().notice).toMatch(/^Another tab is training/);
  end();
  await other;
});

test("a checkpoint in a file is none on the disk; that its steps are lost is not asked", async () => {
  await startStudent();
  const { run, id } = live();
  state(run, "running", 4);
  await pauseStudent();
  disk.save = full;
  await resumeStudent();
  state(run, "running", 12);
  await studentCheckpoint(run);
  expect(live()).toMatchObject({ savedStep: 4, filedStep: 12, step: 12 });
  expect(unsavedSteps(live())).toBe(8);
  await stopStudent();
  expect([students().ending, students().live]).toEqual([null, []]);
  // It goes on from what the disk has.
  answers.set("student-restore", ({ run: now }: StudentRestoreRequest) => started(now, {}, 4));
  await continueStudent(id);
  expect(live()).toMatchObject({ step: 4, savedStep: 4, filedStep: null });
  // Steps beyond the file's are asked about.
  state(live().run, "running", 9);
  await stopStudent();
  expect(students().ending?.then).toBe("stop");
});

test("where nothing can be stored a checkpoint is not made again at every step; what went wrong is told anew after a save", async () => {
  disk.save = full;
  await startStudent();
  const { run } = live();
  state(run, "running", 1);
  await vi.waitFor(() => expect(students().notice).toMatch(/^The disk has no room/));
  useStudents.setState({ notice: null });
  for (let step = 2; step < 7; step++) {
    state(run, "running", step);
    // A save that began is over by then.
    await new Promise((over) => setTimeout(over));
  }
  expect(typesAsked().filter((type) => type === "student-checkpoint")).toHaveLength(1);
  disk.save = async () => 1000;
  await pauseStudent();
  expect(live().savedStep).toBe(6);
  disk.save = full;
  await stepStudent();
  expect(students().notice).toMatch(/^The disk has no room/);
});

test("a run that is deleted while it is being saved stays deleted, and takes nothing of what was chosen meanwhile", async () => {
  await startStudent();
  const { run, id } = live();
  const kept = { ...live(), id: "kept", run: run + 1, status: "idle" } as StudentRun;
  useStudents.setState(({ runs }) => ({ runs: [kept, ...runs] }));
  const written: string[] = [];
  let close: () => void = () => {};
  disk.save = async () => {
    await new Promise<void>((resolve) => (close = resolve));
    written.push(id);
    return 1000;
  };
  disk.remove = async (gone) =>
    void written.splice(0, Number.POSITIVE_INFINITY, ...written.filter((one) => one !== gone));
  state(run, "done", STEPS);
  await vi.waitFor(() => expect(typesAsked()).toContain("student-checkpoint"));
  await new Promise((resolve) => setTimeout(resolve));
  const deleting = deleteStudent(id);
  await vi.waitFor(() => expect(students().live).toEqual([]));
  useStudents.setState({ selected: kept.run });
  close();
  await deleting;
  expect([written, students().runs.map((one) => one.id), students().selected]).toEqual([[], ["kept"], kept.run]);
});

test("a measured step that is given up leaves the run of before as it is", async () => {
  await startStudent();
  state(live().run, "done", STEPS);
  await vi.waitFor(() => expect(live().savedStep).toBe(STEPS));
  let answer: (value: undefined) => void = () => {};
  answers.set("student-measure", () => new Promise((resolve) => (answer = resolve)));
  const measuring = measureStep();
  await cancelStart();
  answer(undefined);
  await measuring;
  expect(typesAsked()).toContain("student-measure-stop");
  expect(typesAsked()).not.toContain("student-stop");
  expect([live().status, students().measured]).toEqual(["done", null]);
});

test("runs of earlier visits that are listed late take nothing from a start that is under way", async () => {
  await startStudent("paused");
  const stored = storedStudent({ ...students().runs[0], id: "old", watched: [] } as StudentRun, 7);
  await stopStudent();
  let listed: (found: unknown[]) => void = () => {};
  disk.list = () => new Promise((resolve) => (listed = resolve));
  const recalling = recallStudents();
  let answer: (value: undefined) => void = () => {};
  answers.set("student-start", () => new Promise((resolve) => (answer = resolve)));
  const starting = startStudent();
  await vi.waitFor(() => expect(students().preparing).not.toBeNull());
  listed([{ stored, bytes: 10 }]);
  await recalling;
  const { run } = students().preparing ?? {};
  emit({ type: "student-watched", run, watched: [{ prompt: "a ball", seed: 1, frames: new Uint8Array() }] });
  await vi.waitFor(() => expect(students().preparing?.watched.map(({ prompt }) => prompt)).toEqual(["a ball"]));
  await cancelStart();
  expect(asked.at(-1)).toEqual({ type: "student-stop", run });
  answer(undefined);
  await starting;
  expect([students().live, students().runs.map(({ id }) => id)]).toEqual([[], ["old"]]);
});

test("what was made though its start was given up is ended, too: the cancel may have come before the request", async () => {
  let answer: (value: unknown) => void = () => {};
  answers.set("student-start", () => new Promise((resolve) => (answer = resolve)));
  const starting = startStudent();
  await vi.waitFor(() => expect(typesAsked()).toContain("student-start"));
  const { run } = students().preparing ?? { run: 0 };
  await cancelStart();
  answer(started(run, {}, 0));
  await starting;
  expect(asked.slice(-2)).toEqual(Array(2).fill({ type: "student-stop", run }));
  expect(students().live).toEqual([]);
});

const SINKS = "a small red ball sinks in blue liquid";
const BOUNCES = "a small green ball bounces on the floor";
const taskIs = (task: string) => useSettings.setState({ student: { ...STUDENT_DEFAULTS, task } });
const check = ({ prompt }: { prompt: string }) => ({
  prompt,
  ...(prompt === BOUNCES ? { template: "bounce", problem: null } : { template: null, problem: { message: "no" } }),
});

test("Start straight from the sentence's field takes what stands there, and nothing of before", async () => {
  taskIs(SINKS);
  answers.set("sandbox-check", check);
  typeSentence("a small green");
  await withSentence(startStudent);
  expect(typesAsked()).not.toContain("student-start");
  expect(students().notice).toBe("The sentence of the task cannot be used: no.");

  typeSentence(BOUNCES);
  // Leaving the field and pressing the button come at once; of two questions the worker would answer the older with nothing.
  asked.length = 0;
  void takeSentence();
  await withSentence(startStudent);
  expect(typesAsked().filter((type) => type === "sandbox-check")).toHaveLength(1);
  const start = asked.find(({ type }) => type === "student-start") as StudentStartRequest | undefined;
  expect(start?.recipe.task).toBe(BOUNCES);
  expect(students().typed).toBeNull();
});

test("a task that is chosen while a sentence is looked at stays, and the sentence is of no account", async () => {
  taskIs(SINKS);
  let answer: (value: unknown) => void = () => {};
  answers.set("sandbox-check", () => new Promise((resolve) => (answer = resolve)));
  typeSentence(BOUNCES);
  const taking = takeSentence();
  taskIs("bounce");
  answer(check({ prompt: BOUNCES }));
  expect(await taking).toBeNull();
  expect([useSettings.getState().student.task, students().typed]).toEqual(["bounce", null]);
});

/** A run as it lies on the disk, of so many of its steps, with the clips of its last look. */
async function storedAt(change: Partial<StudentRun>, lookAt: number): Promise<{ stored: unknown; bytes: number }> {
  await startStudent("paused");
  const shape = { width: 32, depth: 1 } as StudentRun["shape"];
  const looks = [{ step: lookAt, samples: [], joint: null }];
  const stored = storedStudent({ ...live(), shape, looks, points: [], watched: [], id: "old", ...change }, 7);
  await stopStudent();
  return { stored: readStoredStudent(JSON.stringify(stored)), bytes: 10 };
}

test("a run that was paused at its last look has that left, and no steps beyond its end; one that drew it is over", async () => {
  answers.set("student-restore", ({ run }: StudentRestoreRequest) => started(run, { steps: STEPS }, STEPS));
  const restores = () => asked.filter((one): one is StudentRestoreRequest => one.type === "student-restore");
  for (const [lookAt, status, offer, steps] of [
    [10, "paused", "old", null],
    [STEPS, "done", null, 2 * STEPS],
  ] as const) {
    useStudents.setState(useStudents.getInitialState());
    const found = await storedAt({ status: "paused", step: STEPS }, lookAt);
    disk.list = async () => [found];
    await recallStudents();
    expect([students().offer, students().runs[0].status]).toEqual([offer, status]);
    await continueStudent("old");
    expect(restores().at(-1)?.steps).toBe(steps);
  }
});

test("a run that failed by its numbers comes back with its sentence, and is not gone on with: it would fail again", async () => {
  const failed = (message: string) =>
    storedAt({ status: "failed", step: 4, failure: { code: "bad-request", message, report: "" } }, 0);
  const nan = await failed(
    "step 5 gave a loss of NaN: the student of step 4 is kept; start again with a smaller learning rate",
  );
  const gone = await failed("the GPU is gone and training needs one: reload the page");
  disk.list = async () => [nan, gone];
  await recallStudents();
  expect(students().runs.map((run) => [run.status, hasCheckpoint(run)])).toEqual([
    ["failed", false],
    ["failed", true],
  ]);
  expect([students().runs[0].failure?.message, students().offer]).toEqual([
    expect.stringMatching(/^step 5 gave/),
    null,
  ]);
});

test("the first ten seconds begin with their own recipe, whatever the rail says by then", async () => {
  const starts = () => asked.filter((one): one is StudentStartRequest => one.type === "student-start");
  const other = () => useSettings.setState(({ student }) => ({ student: { ...student, width: 128, steps: 9000 } }));
  answers.set("student-measure", () => ({ secondsPerStep: 1, secondsPerPass: 1, bytes: 7 }));
  useStudents.setState({ estimate: { bytes: 5 } as StudentEstimate });
  await startFirst();
  // What was estimated is of the recipe before.
  expect(useFirst.getState().asks).toEqual({ seconds: expect.closeTo(240 + 11 * 8), bytes: 7 });
  other();
  typeSentence("a small");
  await answerFirst(true);
  expect(starts().map(({ recipe }) => recipe)).toEqual([studentRecipeOf(FIRST)]);
  // Changed while a step is measured.
  useStudents.setState({ measured: null });
  answers.set("student-measure", () => {
    other();
    return { secondsPerStep: 0.01, secondsPerPass: 0.01, bytes: 1 };
  });
  await startFirst();
  expect(starts().map(({ recipe }) => recipe)).toEqual([studentRecipeOf(FIRST), studentRecipeOf(FIRST)]);
});

test("that training goes on is said only where it does", async () => {
  disk.save = full;
  await startStudent();
  state(live().run, "running", 1);
  await vi.waitFor(() =>
    expect(students().notice).toMatch(/; training goes on, and nothing of this run is saved yet\./),
  );
  disk.save = () => Promise.reject(new Error("the folder is gone"));
  await pauseStudent();
  expect(students().notice).toBe(
    "This browser did not store the checkpoint (the folder is gone); nothing of this run is saved yet. Save its checkpoint as a file to keep it.",
  );
});

test("a finished run that goes on says what the further steps do to rates that fall, and its JSON what its steps were", async () => {
  await startStudent();
  finished(STEPS);
  await vi.waitFor(() => expect(live().savedStep).toBe(STEPS));
  const { id } = live();
  await stopStudent();
  const goesOn = (rateDecay: "cosine" | "none", before: number) =>
    answers.set("student-restore", ({ run, steps: after }: StudentRestoreRequest) => ({
      ...started(run, { rateDecay, warmup: 0 }, before),
      ...{ steps: after, stepsChange: { step: before, before, after } },
    }));
  goesOn("cosine", STEPS);
  await continueStudent(id);
  expect(students().notice).toBe(
    "The rates fall to nothing over all steps, which were 20 and are 40 now: step 21 is taken at 50 % of the full rates, where the 20 steps had 0 %.",
  );
  const first = { step: 20, before: 20, after: 40 };
  // Given up before a step was taken: the checkpoint knows nothing of it.
  const asBefore = { ...started(live().run, {}, STEPS), stepsChange: null } as unknown as StudentStarted;
  expect(wentOn(live(), asBefore).stepsChanges).toEqual([]);
  // Stored before one was taken: the checkpoint has it.
  expect(wentOn(live(), { ...asBefore, steps: 40 }).stepsChanges).toEqual([first]);
  expect(studentJson(live()).steps_changed).toEqual([first]);
  // Of one whose rates stay only the record says it; and what was stored has it, too.
  finished(40);
  await vi.waitFor(() => expect(live().savedStep).toBe(40));
  await stopStudent();
  goesOn("none", 40);
  useSettings.setState({ student: { ...STUDENT_DEFAULTS, steps: STEPS } });
  await continueStudent(id);
  expect(students().notice).toBeNull();
  const both = [first, { step: 40, before: 40, after: 60 }];
  expect(live().stepsChanges).toEqual(both);
  const shape = { width: 32, depth: 1 } as StudentRun["shape"];
  const { stepsChanges, ...older } = storedStudent({ ...live(), shape }, 7);
  expect(readStoredStudent(JSON.stringify({ ...older, stepsChanges }))?.stepsChanges).toEqual(both);
  expect(readStoredStudent(JSON.stringify(older))?.stepsChanges).toEqual([]);
});
