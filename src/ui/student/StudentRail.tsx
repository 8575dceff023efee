import { checkPrompt, useSandbox } from "../../state/evaluate/sandbox.ts";
import { setSettings, useSettings } from "../../state/settings.ts";
import { armsOf } from "../../state/student/recipe.ts";
import { takeSentence, typeSentence } from "../../state/student/sentence.ts";
import { type NumberName, STUDENT_RANGES, type StudentSettings } from "../../state/student/settings.ts";
import { useStudents } from "../../state/student/store.ts";
import {
  ARMS,
  LOSSES,
  OPTIMIZER_NAMES,
  OPTIMIZERS,
  RATE_DECAY_NAMES,
  RATE_DECAYS,
  TASKS,
  TEACHER_NAMES,
  TEACHERS,
} from "../../worker/protocol.ts";
import { Button, Choice, NumberField, Section } from "../controls/controls.tsx";
import rail from "../controls/Rail.module.css";
import { pickSafetensors } from "../files/picker.ts";
import { HiddenFields } from "../train/HiddenFields.tsx";
import { LearnsSection } from "../train/LearnsSection.tsx";
import { LossNumbers } from "../train/LossNumbers.tsx";
import { PlanSection } from "./plan/PlanSection.tsx";
import css from "./Student.module.css";
import { StudentExports } from "./StudentExports.tsx";
import { FirstSection } from "./StudentFirst.tsx";

const OWN = "own";
const TASK_CHOICES = [
  ...Object.keys(TASKS).map((name) => [name, name.replaceAll("-", " ")] as const),
  [OWN, "a sentence of your own"] as const,
];
const ARM_CHOICES = ARMS.map((arm) => [arm, arm === "none" ? "none: diffusion alone" : LOSSES[arm].name] as const);
const TEACHER_CHOICES = TEACHER_NAMES.map((name) => [name, TEACHERS[name]] as const);
const OPTIMIZER_CHOICES = OPTIMIZER_NAMES.map((name) => [name, OPTIMIZERS[name]] as const);
const RATE_CHOICES = RATE_DECAY_NAMES.map((name) => [name, RATE_DECAYS[name]] as const);

/** What a task is of; what its sentences leave open is "…". */
const saidOf = (task: string): string => TASKS[task].says.replaceAll(/[A-Z]{3,}( [A-Z]{3,})*/g, "…");

/** Proposed where the user wants a sentence of their own. */
const EXAMPLE = "a small red ball sinks in blue liquid";

const change = (part: Partial<StudentSettings>) =>
  setSettings({ student: { ...useSettings.getState().student, ...part } });

interface NumberProps {
  readonly id?: string;
  readonly name: NumberName;
  readonly label: string;
  readonly step: number;
}

/** A number of the recipe, over the range that the recipe allows. */
function RecipeNumber({ id, name, label, step }: NumberProps) {
  const value = useSettings((settings) => settings.student[name]);
  const [min, max] = STUDENT_RANGES[name];
  const take = (typed: number) => change({ [name]: step >= 1 ? step * Math.round(typed / step) : typed });
  return (
    <NumberField {...(id ? { id } : {})} label={label} value={value} min={min} max={max} step={step} onChange={take} />
  );
}

/** The recipe of a run of the diffusion student, and its files. */
export function StudentRail() {
  const any = useStudents((students) => students.selected !== null);
  return (
    <>
      <LearnsSection />
      {any && <FirstSection />}
      <TaskSection />
      <StartSection />
      <LossSection />
      <StepSection />
      <Section title="Look at it">
        <LookFields />
      </Section>
      <PlanSection />
      <StudentExports />
    </>
  );
}

function LookFields() {
  const drawn = useSettings((settings) => settings.student.drawn);
  return (
    <>
      <RecipeNumber name="evaluateEvery" label="Every" step={1} />
      <RecipeNumber name="samples" label="Clips" step={1} />
      <Choice
        long
        label="Which clips"
        value={drawn}
        options={[
          ["unseen", "that it does not train on"],
          ["trained", "the first that it trains on"],
        ]}
        onChange={(value) => change({ drawn: value })}
      />
      <RecipeNumber name="samplerSteps" label="Steps each" step={1} />
      <p className={rail.hint}>
        So many steps apart the student draws these clips, always from the same noise. A clip costs about as many
        forward passes as “Steps each” says.
      </p>
    </>
  );
}

function TaskSection() {
  const task = useSettings((settings) => settings.student.task);
  const known = Object.hasOwn(TASKS, task);
  return (
    <Section title="Task">
      <Choice
        long
        label="Clips of"
        value={known ? task : OWN}
        options={TASK_CHOICES}
        onChange={(value) => change({ task: value === OWN ? EXAMPLE : value })}
      />
      {known ? <p className={rail.hint}>{saidOf(task)}</p> : <Sentence task={task} />}
      <RecipeNumber name="clips" label="How many" step={1} />
      <RecipeNumber name="given" label="First given" step={0.1} />
      <p className={rail.hint}>“First given”: share of clips whose first frames the student is shown.</p>
    </Section>
  );
}

/** One sentence for every clip, under the eye of the grammar; only the seed varies. */
function Sentence({ task }: { readonly task: string }) {
  const open = useStudents((students) => students.typed);
  const typed = open ?? task;
  const checked = useSandbox((sandbox) => sandbox.checked);
  const problem = checked?.prompt === typed ? checked.problem : null;
  return (
    <div className={css.typed}>
      <label htmlFor="student-sentence">Sentence</label>
      <textarea
        id="student-sentence"
        rows={2}
        spellCheck={false}
        value={typed}
        aria-invalid={problem !== null}
        aria-describedby="student-sentence-says"
        onChange={(event) => typeSentence(event.target.value)}
        onBlur={() => void (open === null ? checkPrompt(task) : takeSentence())}
      />
      <p id="student-sentence-says" className={css.problem} aria-live="polite">
        {problem && `${problem.message}.`}
      </p>
    </div>
  );
}

function StartSection() {
  const start = useSettings((settings) => settings.student.start);
  const weights = useStudents((students) => students.weights);
  return (
    <Section title="Start from">
      <Choice
        long
        label="Weights"
        value={start}
        options={[
          ["base", "our base"],
          ["random", "drawn at random"],
          ["file", weights ? `“${weights.name}”` : "a file of yours"],
        ]}
        onChange={(value) => change({ start: value })}
      />
      {start === "base" && (
        <p className={rail.hint}>Our student before the end of its training, where the learning rate falls to zero.</p>
      )}
      {start === "random" && (
        <>
          <RecipeNumber name="width" label="Width" step={16} />
          <RecipeNumber name="depth" label="Blocks" step={1} />
          <RecipeNumber name="heads" label="Heads" step={1} />
        </>
      )}
      {start === "file" && (
        <>
          <p className={rail.hint}>
            {weights
              ? "Its weights alone: steps, moments and λ begin anew, and its projector where that does not fit."
              : "Drop a safetensors file with a student's weights on this page."}
          </p>
          <Button onClick={pickSafetensors}>Choose a file …</Button>
        </>
      )}
    </Section>
  );
}

function LossSection() {
  const settings = useSettings((all) => all.student);
  const { loss, teacher, weigh, beside, tau, rho, margin } = settings;
  return (
    <Section title="Alignment">
      <Choice label="Loss" value={loss} options={ARM_CHOICES} onChange={(value) => change({ loss: value })} />
      {loss !== "none" && (
        <>
          <Choice
            long
            label="Teacher"
            value={teacher}
            options={TEACHER_CHOICES}
            onChange={(value) => change({ teacher: value })}
          />
          <Choice
            long
            label="Weight"
            value={weigh}
            options={[
              ["share", "a share of the gradient"],
              ["lambda", "λ as it is"],
            ]}
            onChange={(value) => change({ weigh: value })}
          />
          {weigh === "share" ? (
            <RecipeNumber id="student-weight" name="share" label="Share" step={0.1} />
          ) : (
            <RecipeNumber id="student-weight" name="lambda" label="λ" step={0.01} />
          )}
          <LossNumbers
            loss={loss}
            values={{ tau, rho, margin }}
            ids={{ tau: "student-tau", rho: "student-rho", margin: "student-margin" }}
            tauLabel={<i>τ</i>}
            onChange={change}
          />
          <RecipeNumber name="block" label="Block" step={1} />
          <p className={rail.hint}>Features are taken after so many blocks; 0: after about 60 % of them.</p>
          <HiddenFields hidden={settings.hidden} onChange={(hidden) => change({ hidden })} />
        </>
      )}
      <Choice
        long
        label="A second arm beside it"
        value={beside}
        options={[["nothing", "no second arm"], ...ARM_CHOICES.filter(([arm]) => arm !== loss)]}
        onChange={(value) => change({ beside: value })}
      />
      {armsOf(settings).length > 1 && (
        <p className={rail.hint}>
          Both learn from the same start, clips, times and noise, a step each in turn; only the loss differs.
        </p>
      )}
    </Section>
  );
}

function StepSection() {
  const { optimizer, rateDecay } = useSettings((settings) => settings.student);
  return (
    <Section title="Steps">
      <RecipeNumber name="steps" label="Steps" step={1} />
      <RecipeNumber name="batch" label="Batch" step={1} />
      <RecipeNumber name="seed" label="Seed" step={1} />
      <Choice
        long
        label="Matrices by"
        value={optimizer}
        options={OPTIMIZER_CHOICES}
        onChange={(value) => change({ optimizer: value })}
      />
      <RecipeNumber name="learningRate" label="Rate" step={0.0001} />
      {optimizer === "muon" && <RecipeNumber name="muonRate" label="Muon's rate" step={0.0001} />}
      <RecipeNumber name="warmup" label="Warm-up" step={1} />
      <Choice
        long
        label="Then rates"
        value={rateDecay}
        options={RATE_CHOICES}
        onChange={(value) => change({ rateDecay: value })}
      />
      <RecipeNumber name="emaDecay" label="Average" step={0.01} />
      <p className={rail.hint}>
        “Average”: how much of the averaged weights, which draw the clips, a step leaves as it was; 0 draws with the
        weights of the step.
      </p>
    </Section>
  );
}
