/** What makes the arms of a plan follow one another: each begins when the one before it is over and saved. */
import { useSettings } from "../../settings.ts";
import { planDiskSentence } from "../../stored/saves.ts";
import { newRunId } from "../../train/resume.ts";
import { caughtUp } from "../recall.ts";
import { savesDone } from "../save.ts";
import { liveStudents, type StudentRun, type Students, setStudents, useStudents } from "../store.ts";
import {
  type Arm,
  begin,
  cancelStart,
  goingOn,
  mayEnd,
  pauseStudent,
  resumeStudent,
  starting,
  studentsRecalled,
} from "../student.ts";
import { type ArmRun, armRuns, isOver, isWhole, planRecipes, type StudentPlan } from "./plan.ts";
import { listPlans, loadWeights, removePlan, savePlan } from "./plan_files.ts";
import { setPlans, usePlans } from "./plan_store.ts";

/** Weights of this visit's plans, where nothing can be stored. */
const weightsOf = new Map<string, Uint8Array<ArrayBuffer>>();

let started = false;

/** Starts to listen, and brings the plans of earlier visits, at the first look at the view. */
export async function startPlans(): Promise<void> {
  if (started) return;
  started = true;
  useStudents.subscribe(follow);
  // Without a private file system there are none.
  const old = await listPlans().catch(() => []);
  // An arm whose run is not in the table yet looks as if it had not begun.
  await studentsRecalled();
  usePlans.setState(({ plans, shown }) => {
    const all = [...old, ...plans];
    const { runs } = useStudents.getState();
    // What was cut short is seen first.
    return { plans: all, shown: shown ?? all.findLast((plan) => !isWhole(plan, runs))?.id ?? null };
  });
}

/** Makes a plan of what the settings say, to be looked at before it is started. */
export async function makePlan(): Promise<void> {
  const { student } = useSettings.getState();
  const weights = student.start === "file" ? useStudents.getState().weights : null;
  try {
    if (student.start === "file" && !weights) throw new RangeError("the start is a file, and none was given: drop one");
    const arms = planRecipes(student).map((recipe) => ({ run: newRunId(), recipe }));
    const { over } = student;
    const plan: StudentPlan = {
      ...{ version: 1, id: newRunId(), savedAt: Date.now(), over, arms, weights: weights !== null },
    };
    if (weights) weightsOf.set(plan.id, weights.bytes);
    usePlans.setState(({ plans }) => ({ plans: [...plans, plan], shown: plan.id, against: null }));
    setStudents({ notice: null });
    await keep(plan);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    setStudents({ notice: `This is no plan: ${error.message}.` });
  }
}

/** Puts a plan onto the disk; where that cannot be it lives as long as the page, and says why. */
async function keep(plan: StudentPlan): Promise<void> {
  const notKept = await savePlan(plan, weightsOf.get(plan.id) ?? null).then(
    () => null,
    (error: unknown) => planDiskSentence(error),
  );
  setPlans({ notKept });
}

/** Begins with the first arm that is not over, or goes on with it. */
export async function startPlan(id: string): Promise<void> {
  // One that was held a moment ago may look at the disk still.
  await advancing;
  const plan = planOf(id);
  if (!plan || usePlans.getState().going) return;
  const live = liveStudents(useStudents.getState()).filter(({ status }) => !isEnded(status));
  const [own] = live.filter((run) => plan.arms.some((arm) => arm.run === run.id));
  if (live.length > 0 && !own && !(await mayEnd("stop"))) return;
  setPlans({ going: id });
  if (own?.status === "running") return;
  if (own) await resumeStudent();
  else await advance();
}

/** The arm under way is paused and kept, the others wait until the user goes on. */
export async function holdPlan(): Promise<void> {
  setPlans({ going: null });
  const { busy } = useStudents.getState();
  if (busy === "start") await cancelStart();
  else await pauseStudent();
}

/** Takes an arm that has not begun out of its plan. */
export async function leaveOut(id: string, run: string): Promise<void> {
  const plan = planOf(id);
  if (!plan || plan.arms.length < 2) return;
  const less = { ...plan, arms: plan.arms.filter((arm) => arm.run !== run) };
  usePlans.setState(({ plans }) => ({ plans: plans.map((one) => (one.id === id ? less : one)) }));
  await keep(less);
}

/** Takes a plan off the page and off the disk; its runs stay in their table. */
export async function forgetPlan(id: string): Promise<void> {
  if (usePlans.getState().going === id) await holdPlan();
  usePlans.setState(({ plans }) => {
    const left = plans.filter((plan) => plan.id !== id);
    return { plans: left, shown: left.at(-1)?.id ?? null, against: null };
  });
  weightsOf.delete(id);
  // One that was never saved has no folder.
  await removePlan(id).catch(() => {});
}

const planOf = (id: string): StudentPlan | undefined => usePlans.getState().plans.find((plan) => plan.id === id);

const isEnded = (status: StudentRun["status"]): boolean => status === "done" || status === "failed";

/** The arm of a plan that the worker holds. */
const ownOf = (plan: StudentPlan, students: Students): StudentRun | undefined =>
  liveStudents(students).find(({ id }) => plan.arms.some(({ run }) => run === id));

/** Until it is known what follows, and that is begun. */
let advancing: Promise<void> | null = null;

/** After anything that happened to the runs. */
function follow(students: Students): void {
  const { going } = usePlans.getState();
  const plan = going === null ? undefined : planOf(going);
  if (!plan || advancing || students.busy !== null) return;
  const own = ownOf(plan, students);
  // The user stopped it, or began something else.
  if (!own) setPlans({ going: null });
  else if (isEnded(own.status)) void advance();
}

function advance(): Promise<void> {
  advancing ??= savesDone()
    .then(beginNext)
    .finally(() => {
      advancing = null;
      // The arm that was begun may have ended already.
      follow(useStudents.getState());
    });
  return advancing;
}

async function beginNext(): Promise<void> {
  const { going } = usePlans.getState();
  const plan = going === null ? undefined : planOf(going);
  if (!plan) return;
  // What the last arm's end said stays.
  if (armsLeft(plan.id).length === 0) return setPlans({ going: null });
  const students = useStudents.getState();
  if (students.busy !== null) {
    // Between two arms `follow` comes back to it when that is over; before the first there is none by which it could.
    if (ownOf(plan, students)) return;
    setPlans({ going: null });
    return setStudents({ notice: "Something else is under way: start the plan again when that is over." });
  }
  const began = await begin(() => nextArm(plan.id), "running", false);
  if (!began) return setPlans({ going: null });
  // Held while it was prepared.
  if (usePlans.getState().going !== plan.id) await pauseStudent();
}

/** The arms of a plan of which something is to come; none of one that is forgotten. */
const armsLeft = (id: string): ArmRun[] =>
  armRuns(planOf(id) ?? { arms: [] }, useStudents.getState().runs).filter((one) => !isOver(one));

/** The arm that is next, if one is left: another tab may have trained some that the table does not have, or has from before. */
async function nextArm(id: string): Promise<readonly Arm[]> {
  const shown = armsLeft(id);
  for (const { arm } of shown) await caughtUp(arm.run);
  const [next] = armsLeft(id);
  if (!next) return [];
  const { arm, run } = next;
  if (run && run.savedStep !== null && run.diskBytes !== null) {
    return [goingOn(shown.find((one) => one.arm.run === arm.run)?.run ?? run)];
  }
  const weights = planOf(id)?.weights ? await weightsFor(id) : null;
  return [starting(arm.recipe, { id: arm.run, pair: null, weights })];
}

async function weightsFor(id: string): Promise<Uint8Array<ArrayBuffer> | null> {
  return weightsOf.get(id) ?? (await loadWeights(id).catch(() => null));
}
