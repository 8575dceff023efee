import { armRuns, armValue, isOver, isWhole, planTitle, type StudentPlan } from "../../../state/student/plan/plan.ts";
import { shownPlan, usePlans } from "../../../state/student/plan/plan_store.ts";
import { forgetPlan, holdPlan, leaveOut, startPlan } from "../../../state/student/plan/run_plan.ts";
import { selectStudent } from "../../../state/student/recall.ts";
import { type StudentRun, useStudents } from "../../../state/student/store.ts";
import { parseStudentRecipe, type StudentRecipeInput } from "../../../worker/protocol.ts";
import { Button } from "../../controls/controls.tsx";
import train from "../../train/Train.module.css";
import { duration } from "../../train/words.ts";
import css from "./Plan.module.css";
import { PlanTable } from "./PlanTable.tsx";
import { planSeconds } from "./plan_time.ts";

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
  const kept = usePlans((all) => all.kept);
  const runs = useStudents((students) => students.runs);
  const idle = useStudents((students) => students.busy === null);
  const arms = armRuns(plan, runs);
  const over = arms.filter(({ run }) => isOver(run)).length;
  const begun = arms.some(({ run }) => run);
  const whole = isWhole(plan, runs);
  const going = isGoing && !whole;
  const left = whole ? null : planSeconds(arms);
  const state = whole ? "done" : going ? "running" : begun ? "paused" : "planned";
  const { task, steps, seed } = parseStudentRecipe(plan.arms[0].recipe);
  return (
    <>
      <div className={css.head}>
        <h2>{planTitle(plan)}</h2>
      </div>
      <div className={`${train.line} ${css.line}`}>
        <progress aria-label="Steps of the plan" value={stepsDone(arms)} max={plan.arms.length * steps} />
        <span data-testid="plan-status" data-status={state} role="status">
          {STATES[state]}: {over} of {plan.arms.length} arms are over; {task}, seed {seed}, {steps} steps each
          {left !== null && `, about ${duration(left)} left`}
        </span>
      </div>
      <div className={css.buttons}>
        {!whole && !going && idle && (
          <Button primary onClick={() => void startPlan(plan.id)}>
            {begun ? "Go on with the plan" : "Start the plan"}
          </Button>
        )}
        {going && (
          <Button primary onClick={() => void holdPlan()}>
            Cancel the rest
          </Button>
        )}
        {!going && <Button onClick={() => void forgetPlan(plan.id)}>Remove the plan</Button>}
      </div>
      {!kept && <p className={train.remark}>This browser stores nothing for this page: the plan ends with this tab.</p>}
    </>
  );
}

const STATES = { planned: "Planned", running: "Under way", paused: "Waiting for you", done: "Done" } as const;

const stepsDone = (arms: ReturnType<typeof armRuns>): number =>
  arms.reduce((sum, { arm, run }) => sum + (isOver(run) ? stepsOf(arm.recipe) : (run?.step ?? 0)), 0);

const stepsOf = (recipe: StudentRecipeInput): number => parseStudentRecipe(recipe).steps;

function Arms({ plan }: { readonly plan: StudentPlan }) {
  const runs = useStudents((students) => students.runs);
  const going = usePlans(({ going: id }) => id === plan.id);
  const arms = armRuns(plan, runs);
  const next = going ? arms.find(({ run }) => !isOver(run))?.arm.run : undefined;
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
          {arms.map(({ arm, run }) => {
            const seconds = isOver(run) ? null : planSeconds(arms, arm.run);
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
                <td>{stateWords(run, arm.run === next)}</td>
                <td>
                  {run?.step ?? 0} of {stepsOf(arm.recipe)}
                </td>
                <td>{seconds === null ? "–" : duration(seconds)}</td>
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

function stateWords(run: StudentRun | undefined, next: boolean): string {
  if (!run) return next ? "being prepared" : "waits";
  if (isOver(run)) return run.status === "failed" ? `failed after step ${run.step}` : "done";
  return run.status === "running" ? "learning" : "paused";
}
