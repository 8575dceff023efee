import { setSettings, useSettings } from "../../../state/settings.ts";
import { listedValues, PLANS, planRecipes } from "../../../state/student/plan/plan.ts";
import { setPlans, usePlans } from "../../../state/student/plan/plan_store.ts";
import { makePlan } from "../../../state/student/plan/run_plan.ts";
import { withSentence } from "../../../state/student/sentence.ts";
import { OVERS, type StudentSettings } from "../../../state/student/settings.ts";
import { ARMS, parseStudentRecipe } from "../../../worker/protocol.ts";
import { Button, Check, Choice, Section } from "../../controls/controls.tsx";
import rail from "../../controls/Rail.module.css";
import student from "../Student.module.css";
import { armName } from "../words.ts";
import css from "./Plan.module.css";

const OVER_CHOICES = OVERS.map((over) => [over, PLANS[over].name] as const);

const NONE = "";

const change = (part: Partial<StudentSettings>) =>
  setSettings({ student: { ...useSettings.getState().student, ...part } });

/** Arms that learn one after another: what differs, in which values. */
export function PlanSection() {
  const settings = useSettings((all) => all.student);
  const { over, samples } = settings;
  return (
    <Section title="One after another">
      <Choice
        long
        label="Arms that differ in"
        value={over}
        options={OVER_CHOICES}
        onChange={(value) => change({ over: value, values: PLANS[value].values })}
      />
      {over === "loss" ? <Losses /> : <Values />}
      <Problem />
      <Button onClick={() => void withSentence(makePlan)}>Plan these arms</Button>
      <Known />
      <p className={rail.hint}>
        Everything else is as this column says, the seed and the drawn clips too. The table at the end compares the{" "}
        {samples === 1 ? "one clip" : `${samples} clips`} of “Look at it”; a dozen or more say something.
      </p>
    </Section>
  );
}

/** Plans of this visit and of earlier ones: which is on show. */
function Known() {
  const plans = usePlans((all) => all.plans);
  const shown = usePlans((all) => all.shown);
  if (plans.length === 0) return null;
  const names = plans.map(({ id, over, arms }, i) => {
    const { task } = parseStudentRecipe(arms[0].recipe);
    return [id, `${i + 1}: ${arms.length} arms, ${PLANS[over].name}, ${task}`] as const;
  });
  return (
    <Choice
      long
      label="Plan on show"
      value={shown ?? NONE}
      options={[[NONE, "none"], ...names]}
      onChange={(id) => setPlans({ shown: id === NONE ? null : id, against: null })}
    />
  );
}

function Losses() {
  const values = useSettings((settings) => settings.student.values);
  const chosen = listedValues(values);
  const take = (arm: string, on: boolean) =>
    change({ values: ARMS.filter((one) => (one === arm ? on : chosen.includes(one))).join(", ") });
  return (
    <fieldset className={css.losses}>
      <legend className="visually-hidden">Losses</legend>
      {ARMS.map((arm) => (
        <Check key={arm} label={armName(arm)} checked={chosen.includes(arm)} onChange={(on) => take(arm, on)} />
      ))}
    </fieldset>
  );
}

function Values() {
  const values = useSettings((settings) => settings.student.values);
  return (
    <div className={`${css.values} ${student.typed}`}>
      <label htmlFor="student-values">Values</label>
      <input
        id="student-values"
        type="text"
        spellCheck={false}
        value={values}
        aria-describedby="student-values-say"
        onChange={(event) => change({ values: event.target.value })}
      />
    </div>
  );
}

/** Why this is no plan, as it is typed. */
function Problem() {
  const settings = useSettings((all) => all.student);
  return (
    <p id="student-values-say" className={css.problem} aria-live="polite">
      {problemOf(settings)}
    </p>
  );
}

function problemOf(settings: StudentSettings): string {
  try {
    planRecipes(settings);
    return "";
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}.`;
  }
}
