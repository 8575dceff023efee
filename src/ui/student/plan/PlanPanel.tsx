import {
  type ArmRun,
  armRuns,
  armValue,
  isOver,
  isWhole,
  planTitle,
  type StudentPlan,
  stepsOf,
  stepsTaken,
} from "../../../state/student/plan/plan.ts";
import { shownPlan, usePlans } from "../../../state/student/plan/plan_store.ts";
import { forgetPlan, holdPlan, leaveOut, startPlan } from "../../../state/student/plan/run_plan.ts";
import { selectStudent } from "../../../state/student/recall.ts";
import { useStudents } from "../../../state/student/store.ts";
import { parseStudentRecipe } from "../../../worker/protocol.ts";
import { Button } from "../../controls/controls.tsx";
import train from "../../train/Train.module.css";
import { duration } from "../../train/words.ts";
import { leftWords } from "../words.ts";
import css from "./Plan.module.css";
import { PlanTable } from "./PlanTable.tsx";
import { planTime } from "./plan_time.ts";

/** The plan on show: its arms with what each does, how long it takes still, and in the end what they reached. */
export function PlanPanel() {
  const plan = usePlans(shownPlan);
  if (!plan) return null;
  return (
    <section className={css.plan} aria-label="Plan" data-testid="student-plan">
      <Head plan={plan} />
      <Arms plan={plan} />
      <PlanTable plan={plan} />
    </section>
  );
}

function Head({ plan }: { readonly plan: StudentPlan }) {
  const isGoing = usePlans(({ going: id }) => id === plan.id);
  const notKept = usePlans((all) => all.notKept);
  const runs = useStudents((students) => students.runs);
  const measured = useStudents((students) => students.measured);
  const idle = useStudents((students) => students.busy === null);
  const arms = armRuns(plan, runs);
  const over = arms.filter(isOver).length;
  const begun = arms.some(({ run }) => run);
  const whole = isWhole(plan, runs);
  const going = isGoing && !whole;
  const left = whole ? null : planTime(arms, measured);
  const state = whole ? "done" : going ? "running" : begun ? "paused" : "planned";
  const { task, steps, seed } = parseStudentRecipe(plan.arms[0].recipe);
  return (
    <>
      <div className={css.head}>
        <h2>{planTitle(plan)}</h2>
      </div>
      <div className={`${train.line} ${css.line}`}>
        <progress aria-label="Steps of the plan" value={stepsDone(arms)} max={plan.arms.length * steps} />
        <span>
          <span data-testid="plan-status" data-status={state} role="status">
            {STATES[state]}: {over} of {plan.arms.length} arms are over; {task}, seed {seed}, {steps} steps each
          </span>
          {leftWords(left)}
        </span>
      </div>
      <div className={css.buttons}>
        {/* One and the same button, so that the keyboard's focus stays where it is. */}
        {!whole && (
          <Button
            primary={going || idle}
            waits={!going && !idle}
            onClick={() => void (going ? holdPlan() : startPlan(plan.id))}
          >
            {going ? "Cancel the rest" : begun ? "Go on with the plan" : "Start the plan"}
          </Button>
        )}
        {!going && <Button onClick={() => void forgetPlan(plan.id)}>Remove the plan</Button>}
      </div>
      {notKept !== null && <p className={train.remark}>{notKept}</p>}
    </>
  );
}

const STATES = { planned: "Planned", running: "Under way", paused: "Waiting for you", done: "Done" } as const;

const stepsDone = (arms: readonly ArmRun[]): number =>
  arms.reduce((sum, one) => sum + (isOver(one) ? stepsOf(one.arm) : stepsTaken(one)), 0);

function Arms({ plan }: { readonly plan: StudentPlan }) {
  const runs = useStudents((students) => students.runs);
  const measured = useStudents((students) => students.measured);
  const going = usePlans(({ going: id }) => id === plan.id);
  const arms = armRuns(plan, runs);
  const next = going ? arms.find((one) => !isOver(one))?.arm.run : undefined;
  return (
    <div className={css.scroll}>
      <table className={css.arms} data-testid="plan-arms">
        <caption className="visually-hidden">Arms of the plan, in their order</caption>
        <thead>
          <tr>
            <th scope="col">arm</th>
            <th scope="col">state</th>
            <th scope="col">steps</th>
            <th scope="col">time left</th>
            <th scope="col">
              <span className="visually-hidden">what can be done</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {arms.map((one) => {
            const { arm, run } = one;
            const left = isOver(one) ? null : planTime(arms, measured, arm.run);
            return (
              <tr key={arm.run} data-state={run?.status ?? "waiting"}>
                <th scope="row">
                  {run ? (
                    <button type="button" className={train.pick} onClick={() => void selectStudent(run.run)}>
                      {armValue(plan.over, arm.recipe)}
                    </button>
                  ) : (
                    armValue(plan.over, arm.recipe)
                  )}
                </th>
                <td>{stateWords(one, arm.run === next)}</td>
                <td>
                  {stepsTaken(one)} of {stepsOf(arm)}
                </td>
                <td>{left === null ? "–" : duration(left.seconds)}</td>
                <td>
                  {!run && !going && plan.arms.length > 1 && (
                    <Button onClick={() => void leaveOut(plan.id, arm.run)}>Leave out</Button>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function stateWords(one: ArmRun, next: boolean): string {
  const { arm, run } = one;
  if (!run) return next ? "being prepared" : "waits";
  const fell = run.status === "failed" && run.step < stepsOf(arm);
  if (isOver(one)) return fell ? `failed after step ${run.step}` : "done";
  return run.status === "running" ? "learning" : "paused";
}
