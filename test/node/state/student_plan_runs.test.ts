// The arms of a plan one after another, against a worker that answers by hand: what ends one, and what ends them all.
import { beforeEach, expect, test, vi } from "vitest";
import { DEFAULTS, useSettings } from "../../../src/state/settings.ts";
import { usePlans } from "../../../src/state/student/plan/plan_store.ts";
import {
  forgetPlan,
  holdPlan,
  leaveOut,
  makePlan,
  startPlan,
  startPlans,
} from "../../../src/state/student/plan/run_plan.ts";
import { STUDENT_DEFAULTS } from "../../../src/state/student/settings.ts";
import { useStudents } from "../../../src/state/student/store.ts";
import { startStudents, stopStudent } from "../../../src/state/student/student.ts";
import type { StudentRestoreRequest, StudentStartRequest } from "../../../src/worker/protocol.ts";
import { answers, asked, othersMayTrain, stubBrowser } from "../../support/fake_page.ts";
import { studentPage } from "../../support/student_page.ts";

const disk = vi.hoisted(() => ({
  listRuns: async (): Promise<unknown[]> => [],
  loadRun: async (_id: string): Promise<unknown> => undefined,
  listPlans: async (): Promise<unknown[]> => [],
  savePlan: async (_plan: unknown, _weights: unknown): Promise<void> => {},
  loadWeights: async (_id: string): Promise<Uint8Array> => new Uint8Array(3),
}));
vi.mock("../../../src/state/compute.ts", async () => (await import("../../support/fake_page.ts")).compute);
vi.mock("../../../src/state/student/run_files.ts", () => ({
  saveStudentRun: async () => 1000,
  listStudentRuns: () => disk.listRuns(),
  loadStudentRun: (id: string) => disk.loadRun(id),
  loadStudentCheckpoint: async () => new Uint8Array(8),
}));
vi.mock("../../../src/state/student/plan/plan_files.ts", () => ({
  savePlan: (plan: unknown, weights: unknown) => disk.savePlan(plan, weights),
  loadWeights: (id: string) => disk.loadWeights(id),
  listPlans: () => disk.listPlans(),
  removePlan: async () => {},
}));

stubBrowser();
startStudents();
await startPlans();

const STEPS = 20;
const { students, live, state, started } = studentPage(STEPS);
const starts = () => asked.filter((one): one is StudentStartRequest => one.type === "student-start");
const blocked = () => Promise.reject(new DOMException("blocked", "SecurityError"));

/** Waits until the plan's arm of that index runs. */
const runs = (arm: number) =>
  vi.waitFor(() => {
    const [plan] = usePlans.getState().plans;
    expect(live()).toMatchObject({ id: plan.arms[arm].run, status: "running" });
    expect(students().busy).toBeNull();
  });

/** A plan of three losses, whose first arm runs. */
async function begun(): Promise<string> {
  await makePlan();
  const [{ id }] = usePlans.getState().plans;
  await startPlan(id);
  await runs(0);
  return id;
}

beforeEach(async () => {
  usePlans.setState(usePlans.getInitialState());
  useStudents.setState(useStudents.getInitialState());
  useSettings.setState({ ...DEFAULTS, student: { ...STUDENT_DEFAULTS, steps: STEPS, values: "none, tsa, mtsa" } });
  asked.length = 0;
  answers.clear();
  disk.listRuns = async () => [];
  disk.loadRun = async () => undefined;
  disk.listPlans = async () => [];
  disk.savePlan = async () => {};
  disk.loadWeights = async () => new Uint8Array(3);
  answers.set("student-start", ({ run, recipe }: StudentStartRequest) => started(run, recipe, 0));
  answers.set("student-restore", ({ run }: StudentRestoreRequest) => started(run, {}, 4));
  answers.set("student-resume", ({ run }: { run: number }) => state(run, "running", live().step));
  answers.set("student-pause", ({ run }: { run: number }) => state(run, "paused", live().step));
  answers.set("student-stop", ({ run }: { run: number }) => state(run, "idle", 0));
  answers.set("student-checkpoint", () => ({ step: live().step, bytes: new Uint8Array(8) }));
});

test("each arm begins when the one before it is over, done or failed, and after the last nothing goes", async () => {
  await begun();
  state(live().run, "done", STEPS);
  await runs(1);
  state(live().run, "failed", 3);
  await runs(2);
  expect(usePlans.getState().going).not.toBeNull();
  state(live().run, "done", STEPS);
  await vi.waitFor(() => expect(usePlans.getState().going).toBeNull());
  expect(starts().map(({ recipe }) => recipe.loss)).toEqual(["none", "tsa", "mtsa"]);
  expect(students().runs.map(({ status, step }) => [status, step])).toEqual([
    // Let go of after its last step.
    ["idle", STEPS],
    ["failed", 3],
    ["done", STEPS],
  ]);
});

test("an arm that the worker refuses ends the plan's going, says why, and the plan can be started again there", async () => {
  const id = await begun();
  const start = answers.get("student-start")!;
  answers.set("student-start", () => Promise.reject(new Error("no memory for it")));
  state(live().run, "done", STEPS);
  await vi.waitFor(() => expect(usePlans.getState().going).toBeNull());
  expect(starts()).toHaveLength(2);
  expect([students().notice, students().live]).toEqual(["no memory for it", []]);
  expect(await othersMayTrain()).toBe(true);
  answers.set("student-start", start);
  await startPlan(id);
  await runs(1);
  expect(starts().at(-1)?.recipe.loss).toBe("tsa");
});

test.each(["save", "measure", "read"] as const)(
  "a %s between two arms is waited for, and then the next one begins",
  async (busy) => {
    await begun();
    let save: (reply: unknown) => void = () => {};
    answers.set("student-checkpoint", () => new Promise((resolve) => (save = resolve)));
    state(live().run, "done", STEPS);
    await vi.waitFor(() => expect(asked.at(-1)?.type).toBe("student-checkpoint"));
    useStudents.setState({ busy });
    save({ step: STEPS, bytes: new Uint8Array(8) });
    await vi.waitFor(() => expect(live().savedStep).toBe(STEPS));
    await new Promise((over) => setTimeout(over, 20));
    expect([starts().length, usePlans.getState().going]).toEqual([1, expect.any(String)]);
    useStudents.setState({ busy: null });
    await runs(1);
  },
);

test("a plan whose first arm cannot begin, because something else is under way, says so", async () => {
  await makePlan();
  useStudents.setState({ busy: "measure" });
  await startPlan(usePlans.getState().plans[0].id);
  expect([starts(), usePlans.getState().going]).toEqual([[], null]);
  expect(students().notice).toBe("Something else is under way: start the plan again when that is over.");
});

test("while another tab trains no arm begins", async () => {
  let end: () => void = () => {};
  const other = navigator.locks.request("tempered-train", {}, () => new Promise<void>((over) => (end = over)));
  await makePlan();
  await startPlan(usePlans.getState().plans[0].id);
  expect([starts(), usePlans.getState().going]).toEqual([[], null]);
  expect(students().notice).toMatch(/^Another tab is training/);
  end();
  await other;
});

test("what the user holds, stops or forgets does not go on by itself", async () => {
  const id = await begun();
  state(live().run, "running", 4);
  await holdPlan();
  expect([live().status, live().savedStep, usePlans.getState().going]).toEqual(["paused", 4, null]);
  await startPlan(id);
  await runs(0);
  await stopStudent();
  expect([students().live, usePlans.getState().going]).toEqual([[], null]);
  await startPlan(id);
  await runs(0);
  // From its checkpoint.
  expect([starts().length, live().step]).toEqual([1, 4]);
  await forgetPlan(id);
  expect(live().status).toBe("paused");
  expect(usePlans.getState()).toMatchObject({ plans: [], going: null, shown: null });
});

test("a plan that is held while its first arm is prepared does not begin it", async () => {
  await makePlan();
  let answer: (value: unknown) => void = () => {};
  answers.set("student-start", () => new Promise((resolve) => (answer = resolve)));
  const starting = startPlan(usePlans.getState().plans[0].id);
  await vi.waitFor(() => expect(starts()).toHaveLength(1));
  const holding = holdPlan();
  answer(started(starts()[0].run, {}, 0));
  await Promise.all([starting, holding]);
  expect([students().live, usePlans.getState().going]).toEqual([[], null]);
});

/** Starts a plan, whose look for what another tab has trained of it waits until it is let go on. */
async function looking(id: string) {
  let go: () => void = () => {};
  const held = new Promise<undefined>((over) => (go = () => over(undefined)));
  const looks = vi.fn(() => held);
  disk.loadRun = looks;
  const starting = startPlan(id);
  await vi.waitFor(() => expect(looks).toHaveBeenCalled());
  return { go, starting };
}

test.each([
  ["held", holdPlan],
  ["removed", () => forgetPlan(usePlans.getState().plans[0].id)],
])("a plan that is %s while it looks at the disk does not begin", async (_, end) => {
  await makePlan();
  const { go, starting } = await looking(usePlans.getState().plans[0].id);
  await end();
  go();
  await starting;
  expect([starts(), students().live, students().busy, usePlans.getState().going]).toEqual([[], [], null, null]);
  await vi.waitFor(async () => expect(await othersMayTrain()).toBe(true));
});

test.each(["the same plan", "another plan"])(
  "%s that is started while one that is held looks at the disk begins after that",
  async (which) => {
    await makePlan();
    useSettings.setState(({ student }) => ({ student: { ...student, values: "mtsa, tsa" } }));
    await makePlan();
    const [one, other] = usePlans.getState().plans;
    const { go, starting } = await looking(one.id);
    await holdPlan();
    const next = which === "another plan" ? other : one;
    const again = startPlan(next.id);
    go();
    await Promise.all([starting, again]);
    expect(usePlans.getState().going).toBe(next.id);
    expect(live()).toMatchObject({ id: next.arms[0].run, status: "running" });
    expect(starts()).toHaveLength(1);
  },
);

test("an arm that is left out while its plan looks at the disk is not begun", async () => {
  await makePlan();
  const [plan] = usePlans.getState().plans;
  const { go, starting } = await looking(plan.id);
  await leaveOut(plan.id, plan.arms[0].run);
  go();
  await starting;
  expect(starts().map(({ recipe }) => recipe.loss)).toEqual(["tsa"]);
});

test("what the save of the last arm said stays when nothing follows", async () => {
  useSettings.setState(({ student }) => ({ student: { ...student, values: "none, tsa" } }));
  await begun();
  state(live().run, "done", STEPS);
  await runs(1);
  useStudents.setState({ notice: "it is said" });
  state(live().run, "done", STEPS);
  await vi.waitFor(() => expect(usePlans.getState().going).toBeNull());
  expect(students().notice).toBe("it is said");
});

test("one that is held while its file is read from the disk does not begin; started again it begins with that file", async () => {
  await makePlan();
  const [plan] = usePlans.getState().plans;
  // As of an earlier visit.
  usePlans.setState({ plans: [{ ...plan, weights: true }] });
  let answer: (bytes: Uint8Array) => void = () => {};
  const reading = new Promise<void>((reads) => {
    disk.loadWeights = () => {
      reads();
      return new Promise((resolve) => (answer = resolve));
    };
  });
  const starting = startPlan(plan.id);
  await reading;
  await holdPlan();
  answer(Uint8Array.of(5));
  await starting;
  expect([students().live, usePlans.getState().going, starts()]).toEqual([[], null, []]);
  disk.loadWeights = async () => Uint8Array.of(6);
  await startPlan(plan.id);
  expect(starts().map(({ weights }) => weights)).toEqual([Uint8Array.of(6)]);
});

test("where nothing can be stored a plan lives on the page, with the file that its arms start from", async () => {
  const bytes = Uint8Array.of(1, 2);
  useSettings.setState(({ student }) => ({ student: { ...student, start: "file" } }));
  await makePlan();
  expect(students().notice).toMatch(/^This is no plan: the start is a file/);
  expect(usePlans.getState().plans).toEqual([]);
  useStudents.setState({ weights: { name: "mine", bytes } as never });
  disk.savePlan = blocked;
  disk.loadWeights = blocked;
  await begun();
  expect(usePlans.getState()).toMatchObject({
    notKept: expect.stringMatching(/blocks storage.*: the plan ends with this tab\.$/),
    plans: [{ weights: true }],
  });
  // Another file that is dropped meanwhile is not theirs.
  useStudents.setState({ weights: null });
  state(live().run, "done", STEPS);
  await runs(1);
  expect(starts().map(({ weights }) => weights)).toEqual([bytes, bytes]);
});

test("why a plan is not kept is said in the disk's own words", async () => {
  disk.savePlan = () => Promise.reject(new DOMException("no room", "QuotaExceededError"));
  await makePlan();
  expect(usePlans.getState().notKept).toMatch(/^The disk has no room for this plan, so it ends with this tab/);
  disk.savePlan = () => Promise.reject(new Error("the folder is gone"));
  await makePlan();
  expect(usePlans.getState().notKept).toBe(
    "This browser did not store the plan (the folder is gone): it ends with this tab.",
  );
  disk.savePlan = async () => {};
  await makePlan();
  expect(usePlans.getState().notKept).toBeNull();
});

test("plans of earlier visits are shown once their runs are there: none of their arms looks as if it had not begun", async () => {
  await makePlan();
  const [plan] = usePlans.getState().plans;
  vi.resetModules();
  const { startStudents: begin } = await import("../../../src/state/student/student.ts");
  const { startPlans: start } = await import("../../../src/state/student/plan/run_plan.ts");
  const { usePlans: store } = await import("../../../src/state/student/plan/plan_store.ts");
  let listed: (found: unknown[]) => void = () => {};
  disk.listRuns = () => new Promise((resolve) => (listed = resolve));
  disk.listPlans = async () => [plan];
  begin();
  const starting = start();
  await new Promise((over) => setTimeout(over));
  expect(store.getState().plans).toEqual([]);
  const done = {
    ...started(1, {}, STEPS),
    pair: null,
    status: "done",
    stepsChanges: [],
    watched: [],
    points: [],
    looks: [],
  };
  listed(plan.arms.map(({ run: id }) => ({ stored: { ...done, id }, bytes: 10 })));
  await starting;
  // All of its arms are over, so it is not on show as one that was cut short.
  expect(store.getState()).toMatchObject({ plans: [plan], shown: null });
});
