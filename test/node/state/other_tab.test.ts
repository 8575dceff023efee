// A run of the table with which another tab has gone on since it was listed here, on a disk in memory: nothing of it is written over.
import { beforeEach, expect, test, vi } from "vitest";
import { DEFAULTS, useSettings } from "../../../src/state/settings.ts";
import { usePlans } from "../../../src/state/student/plan/plan_store.ts";
import { makePlan, startPlan, startPlans } from "../../../src/state/student/plan/run_plan.ts";
import { listStudentRuns, loadClips, saveStudentRun } from "../../../src/state/student/run_files.ts";
import { savesDone } from "../../../src/state/student/save.ts";
import { STUDENT_DEFAULTS } from "../../../src/state/student/settings.ts";
import { type StudentLook, type StudentRun, useStudents } from "../../../src/state/student/store.ts";
import {
  continueStudent,
  pauseStudent,
  startStudent,
  startStudents,
  stopStudent,
} from "../../../src/state/student/student.ts";
import { recipeOf } from "../../../src/state/train/recipe.ts";
import { listRuns, loadRun, saveRun } from "../../../src/state/train/run_store.ts";
import { parseRecipe } from "../../../src/train/recipe.ts";
import {
  SANDBOX_CLIP,
  type StudentRestoreRequest,
  type StudentStartRequest,
  type TrainData,
} from "../../../src/worker/protocol.ts";
import { answers, asked, othersMayTrain, stubBrowser, typesAsked } from "../../support/fake_page.ts";
import { stubFileSystem } from "../../support/file_system.ts";
import { studentPage } from "../../support/student_page.ts";

vi.mock("../../../src/state/compute.ts", async () => (await import("../../support/fake_page.ts")).compute);

stubBrowser();
const { locks } = navigator;
startStudents();
await startPlans();

const STEPS = 300;
const { students, live, state, started } = studentPage(STEPS);
const restores = () => asked.filter((one): one is StudentRestoreRequest => one.type === "student-restore");
const points = (to: number) =>
  Array.from({ length: to }, (_, i) => ({
    ...{ step: i + 1, loss: 1, diffusion: 1, alignment: null, lambda: 0, gradNorm: 1, ms: 9 },
  }));
const look = (step: number): StudentLook => {
  const frames = new Uint8Array(3 * SANDBOX_CLIP.frames * SANDBOX_CLIP.size ** 2).fill(step % 256);
  const judged = { given: false, centreError: 4, stillError: 6, sa: 0, pc: 0, joint: false };
  return { step, samples: [{ prompt: "p", seed: 1, frames, ...judged }], joint: null };
};
const stepsOf = (some: readonly { readonly step: number }[]) => some.map(({ step }) => step);
const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);
/** What the other tab writes. */
const elsewhere = (run: StudentRun, to: number, looks: readonly number[]) =>
  saveStudentRun({ ...run, status: "done", step: to, points: points(to), looks: looks.map(look) }, new Uint8Array(8));

beforeEach(() => {
  stubFileSystem();
  Object.assign(navigator, { locks });
  usePlans.setState(usePlans.getInitialState());
  useStudents.setState(useStudents.getInitialState());
  useSettings.setState({ ...DEFAULTS, student: { ...STUDENT_DEFAULTS, steps: STEPS, values: "none, tsa" } });
  asked.length = 0;
  answers.clear();
  answers.set("student-start", ({ run, recipe }: StudentStartRequest) => started(run, recipe, 0));
  answers.set("student-restore", ({ run }: StudentRestoreRequest) => started(run, {}, STEPS));
  answers.set("student-resume", ({ run }: { run: number }) => state(run, "running", live().step));
  answers.set("student-pause", ({ run }: { run: number }) => state(run, "paused", live().step));
  answers.set("student-stop", ({ run }: { run: number }) => state(run, "idle", 0));
  answers.set("student-checkpoint", () => ({ step: live().step, bytes: new Uint8Array(8) }));
});

/** A run of this table at step 100, saved and let go of. */
async function at100(): Promise<StudentRun> {
  await startStudent();
  useStudents.setState(({ runs }) => ({ runs: [{ ...runs[0], points: points(100), looks: [look(100)] }] }));
  state(live().run, "running", 100);
  await pauseStudent();
  await stopStudent();
  const [row] = students().runs;
  expect([row.savedStep, row.points.length]).toEqual([100, 100]);
  return row;
}

test("Go on from a row of step 100 whose run another tab took to 300 keeps the curves and clips of 101 to 300", async () => {
  const row = await at100();
  await elsewhere(row, STEPS, [100, 200, STEPS]);
  await continueStudent(row.id);
  expect([stepsOf(live().points), stepsOf(live().looks)]).toEqual([upTo(STEPS), [100, 200, STEPS]]);
  // What the row offered was to end the run, and not to train on after its end.
  expect(restores().map(({ steps }) => steps)).toEqual([null]);
  expect(students().notice).toBe(
    "Another tab had gone on with this run, from step 100 to step 300: it goes on from there.",
  );
  asked.length = 0;
  state(live().run, "done", STEPS);
  await vi.waitFor(() => expect(typesAsked()).toContain("student-checkpoint"));
  await savesDone();
  const [{ stored }] = await listStudentRuns();
  expect([stepsOf(stored.points), stepsOf(stored.looks)]).toEqual([upTo(STEPS), [100, 200, STEPS]]);
  const { looks } = await loadClips(students().runs[0]);
  expect(looks.map(({ samples }) => samples[0].frames[0])).toEqual([100, 200, STEPS % 256]);
});

test("a finished run that goes on takes its further steps after those that another tab has added", async () => {
  const row = await at100();
  useStudents.setState({ runs: [{ ...row, status: "done", step: STEPS, savedStep: STEPS, looks: [look(STEPS)] }] });
  await elsewhere({ ...row, steps: 450 }, 450, [STEPS, 450]);
  answers.set("student-restore", ({ run, steps }: StudentRestoreRequest) => ({ ...started(run, {}, 450), steps }));
  await continueStudent(row.id);
  expect([restores()[0].steps, live().points.length]).toEqual([750, 450]);
});

test("where the other tab did not end its further steps, those asked for here are counted from where it stopped", async () => {
  const row = await at100();
  useStudents.setState({ runs: [{ ...row, status: "done", step: STEPS, savedStep: STEPS, looks: [look(STEPS)] }] });
  const there: StudentRun = { ...row, status: "paused", steps: 600, step: 450, points: points(450) };
  await saveStudentRun({ ...there, looks: [STEPS, 400].map(look) }, new Uint8Array(8));
  answers.set("student-restore", ({ run, steps }: StudentRestoreRequest) => ({
    ...started(run, { rateDecay: "cosine", warmup: 0 }, 450),
    ...{ steps, stepsChange: { step: 450, before: 600, after: steps } },
  }));
  await continueStudent(row.id);
  expect(restores()[0].steps).toBe(750);
  // Neither sentence takes the other's place.
  expect(students().notice).toMatch(
    /^Another tab had gone on with this run, from step 300 to step 450: it goes on from there\. The rates fall to nothing over all steps, which were 600 and are 750 now/,
  );
});

test("an arm of a plan that another tab has trained is not begun again in its place", async () => {
  await makePlan();
  const [plan] = usePlans.getState().plans;
  const row = await at100();
  useStudents.setState({ runs: [] });
  asked.length = 0;
  await elsewhere({ ...row, id: plan.arms[0].run }, STEPS, [STEPS]);
  await startPlan(plan.id);
  await vi.waitFor(() => expect(live()?.id).toBe(plan.arms[1].run));
  expect(asked.filter(({ type }) => type === "student-start")).toHaveLength(1);
  expect(students().runs.find(({ id }) => id === plan.arms[0].run)).toMatchObject({ status: "done", step: STEPS });
});

test("of an arm of a plan that goes on from another tab's steps that is said; of one that is over by then it is not", async () => {
  await makePlan();
  const [plan] = usePlans.getState().plans;
  const row = await at100();
  const arms = plan.arms.map(({ run: id }, i) => ({ ...row, id, run: row.run + i }));
  useStudents.setState({ runs: arms });
  answers.set("student-restore", ({ run }: StudentRestoreRequest) => started(run, {}, 200));
  const at200: StudentRun = { ...row, status: "paused", step: 200, points: points(200) };
  await saveStudentRun({ ...at200, id: arms[0].id }, new Uint8Array(8));
  await startPlan(plan.id);
  const said = "Another tab had gone on with this run, from step 100 to step 200: it goes on from there.";
  expect([live().id, live().points.length, students().notice]).toEqual([arms[0].id, 200, said]);
  await stopStudent();
  useStudents.setState({ runs: arms });
  await elsewhere(arms[0], STEPS, [STEPS]);
  await saveStudentRun(arms[1], new Uint8Array(8));
  await startPlan(plan.id);
  expect([live().id, students().notice]).toEqual([arms[1].id, null]);
});

test("while another tab trains a plan does not read what that one writes", async () => {
  await makePlan();
  const [plan] = usePlans.getState().plans;
  const row = await at100();
  useStudents.setState({ runs: [{ ...row, id: plan.arms[0].run }] });
  await elsewhere({ ...row, id: plan.arms[0].run }, 200, []);
  await vi.waitFor(async () => expect(await othersMayTrain()).toBe(true));
  let end: () => void = () => {};
  const other = navigator.locks.request("tempered-train", {}, () => new Promise<void>((over) => (end = over)));
  await startPlan(plan.id);
  expect(students().runs.map(({ step }) => step)).toEqual([100]);
  expect([usePlans.getState().going, students().notice]).toEqual([
    null,
    expect.stringMatching(/^Another tab is train/),
  ]);
  end();
  await other;
});

test("a run of the projector is read alone as it is listed; one that is gone is told", async () => {
  const window = { startS: 0, lengthS: 2, frames: 8 };
  const grid = { F: 8, H: 14, W: 20, C: 64 };
  const data = { contentHash: "dddd", clipName: "discs", window, encoder: "xfeat", token: 16, grid } as TrainData;
  const run = { version: 1, id: "old", savedAt: 1, status: "paused", step: 9, parameters: 1, bytes: 1 } as const;
  const recipe = parseRecipe(recipeOf(DEFAULTS, 8));
  await saveRun({ ...run, recipe, data, points: [], agreement: [] }, new Uint8Array(8));
  expect([await loadRun("old")]).toEqual(await listRuns());
  expect(await loadRun("old")).toMatchObject({ id: "old", step: 9 });
  await expect(loadRun("other")).rejects.toThrow();
});
