import { useSettings } from "../../state/settings.ts";
import { startFromFile } from "../../state/student/given.ts";
import { shownPlan, usePlannedArms, usePlans } from "../../state/student/plan/plan_store.ts";
import { deleteStudent } from "../../state/student/recall.ts";
import { withSentence } from "../../state/student/sentence.ts";
import {
  isBusy,
  liveStudents,
  losableSteps,
  type Preparing as PreparingRun,
  type StudentRun,
  setStudents,
  useShownStudents,
  useStudents,
} from "../../state/student/store.ts";
import { continueStudent, endAnyway, goOn, startStudent } from "../../state/student/student.ts";
import { Button } from "../controls/controls.tsx";
import { FailureBlock } from "../page/FailureBlock.tsx";
import css from "../train/Train.module.css";
import { PlanPanel } from "./plan/PlanPanel.tsx";
import own from "./Student.module.css";
import { StudentAtlas } from "./StudentAtlas.tsx";
import { StudentCharts } from "./StudentCharts.tsx";
import { StudentClips } from "./StudentClips.tsx";
import { saveCheckpoint, saveUnsavedFiles } from "./StudentExports.tsx";
import { FirstAsks, FirstTen, RecordedBar } from "./StudentFirst.tsx";
import { StudentMatch } from "./StudentMatch.tsx";
import { StudentPlausible } from "./StudentPlausible.tsx";
import { StudentRuns } from "./StudentRuns.tsx";
import { StudentTransport } from "./StudentTransport.tsx";
import { armName, armNames, drawnClips } from "./words.ts";

/** The run on show from top to bottom: its buttons, what it asks, its clips, its curves. */
export function StudentStage() {
  const arms = useShownStudents();
  const [run] = arms;
  const planned = usePlannedArms(run);
  const names = armNames(arms.map(({ recipe }) => recipe));
  const preparing = useStudents((students) => students.preparing);
  return (
    <div className={css.stage}>
      <StudentTransport />
      <FirstAsks />
      <RecordedBar />
      <Ending />
      <CutShort />
      <Offer />
      <Notice />
      <PlanPanel />
      {arms.map((arm) => arm.status === "failed" && arm.failure && <Failed key={arm.id} run={arm} />)}
      {run ? (
        <>
          <StudentClips arms={arms} watched={run.watched} recipe={run.recipe} />
          <StudentCharts arms={planned.length > 1 ? planned : arms} />
          {arms.map((arm, i) => (
            <StudentMatch key={arm.id} run={arm} name={arms.length > 1 ? names[i] : null} />
          ))}
          {arms.map((arm, i) => (
            <StudentPlausible key={arm.id} run={arm} name={arms.length > 1 ? names[i] : null} />
          ))}
          {arms.map((arm) => (
            <StudentAtlas key={arm.id} run={arm} named={arms.length > 1} />
          ))}
        </>
      ) : preparing ? (
        <Preparing {...preparing} />
      ) : (
        <Empty />
      )}
      <StudentRuns />
    </div>
  );
}

/** What is done until the first step, in its order: what is over, what is under way, what comes. */
function Preparing({ prepared, watched }: PreparingRun) {
  const recipe = useSettings((settings) => settings.student);
  const at = prepared === null ? (watched.length > 0 ? 1 : 0) : prepared.ready === 0 ? 1 : 2;
  const stages = [
    "The world and the networks are loaded, and the clips that the student will draw are simulated",
    "The first clip that it trains on is simulated and encoded",
    "Its step is compiled for this adapter",
  ];
  return (
    <>
      <section className={own.preparing} aria-label="Preparing" data-testid="student-preparing">
        <h2>Preparing the run</h2>
        <ol>
          {stages.map((stage, i) => (
            <li key={stage} data-state={i < at ? "over" : i === at ? "now" : "later"}>
              {stage}
              {i < at && <span className="visually-hidden"> (done)</span>}
            </li>
          ))}
        </ol>
      </section>
      <StudentClips arms={[]} watched={watched} recipe={recipe} />
    </>
  );
}

function Empty() {
  const drawn = useSettings((settings) => settings.student.drawn);
  return (
    <>
      <FirstTen />
      <div className={own.empty}>
        <h2>Nothing learns yet</h2>
        <p>
          Press Start: clips of the task are simulated, and the diffusion student learns to draw them, from a sentence
          and from noise. Before the first step and every few steps it draws {drawnClips(drawn)}, always from the same
          noise; here they appear beside the simulator's.
        </p>
        <p>
          On a software adapter a step of our base takes many seconds. One drawn at random, 32 wide and 1 block deep,
          shows how it goes in a few.
        </p>
      </div>
    </>
  );
}

/** Asked before the last steps of a run are given up. */
function Ending() {
  const ending = useStudents((students) => students.ending);
  const lost = useStudents((students) => liveStudents(students).reduce((sum, run) => sum + losableSteps(run), 0));
  const steps = useStudents((students) => liveStudents(students).reduce((sum, run) => sum + run.step, 0));
  const waits = useStudents(isBusy);
  if (!ending) return null;
  const saveFirst = async () => {
    if (await saveUnsavedFiles()) await endAnyway();
  };
  const what = ending.then === "stop" ? "Stopping it" : "Another run";
  return (
    <div className={css.banner} role="alert" data-testid="student-ending">
      <p>
        This run could not be stored in this browser. {what} gives up {lost} of its {steps} steps, unless you save its
        checkpoint as a file first.
      </p>
      <div>
        <Button primary waits={waits} onClick={() => void saveFirst()}>
          Save checkpoint, then {ending.then === "stop" ? "stop" : "go on"}
        </Button>
        <Button onClick={() => void endAnyway()}>Give it up</Button>
        <Button onClick={() => setStudents({ ending: null })}>Keep it</Button>
      </div>
    </div>
  );
}

/** A run of an earlier visit was cut short. */
function CutShort() {
  const run = useStudents(({ runs, offer }) => runs.find(({ id }) => id === offer));
  // The plan on show says of its own arms how they go on.
  const planned = usePlans((plans) => shownPlan(plans)?.arms.some((arm) => arm.run === run?.id) ?? false);
  const waits = useStudents(isBusy);
  if (!run || planned) return null;
  const { id, recipe, step, steps } = run;
  return (
    <div className={css.banner} role="status" data-testid="student-cut-short">
      <p>
        A run with {armName(recipe.loss)} on {recipe.task}, seed {recipe.seed}, was cut short at step {step} of {steps}.
        Its last checkpoint is on this machine.
      </p>
      <div>
        <Button primary waits={waits} onClick={() => void continueStudent(id)}>
          Go on at step {step}
        </Button>
        <Button onClick={() => void deleteStudent(id)}>Discard</Button>
        <Button onClick={() => setStudents({ offer: null })}>Later</Button>
      </div>
    </div>
  );
}

/** A file was dropped: what for? */
function Offer() {
  const offered = useStudents((students) => students.offered);
  const waits = useStudents(isBusy);
  if (!offered) return null;
  const { name, checkpoint } = offered;
  return (
    <div className={css.banner} role="status" data-testid="student-offer">
      <p>
        “{name}” is{" "}
        {checkpoint
          ? `a run's checkpoint: ${armName(checkpoint.recipe.loss)} on ${checkpoint.recipe.task}, step ${checkpoint.step} of ${checkpoint.recipe.steps}.`
          : "a student's weights."}
      </p>
      <div>
        {checkpoint && (
          <Button primary waits={waits} onClick={() => void goOn()}>
            Go on at step {checkpoint.step}
          </Button>
        )}
        <Button primary={!checkpoint} onClick={startFromFile}>
          Start a new run from its weights
        </Button>
        <Button onClick={() => setStudents({ offered: null })}>Leave it</Button>
      </div>
    </div>
  );
}

function Notice() {
  const notice = useStudents((students) => students.notice);
  if (!notice) return null;
  return (
    <div className={css.banner} role="alert" data-testid="student-notice">
      <p>{notice}</p>
      <div>
        <Button onClick={() => setStudents({ notice: null })}>Dismiss</Button>
      </div>
    </div>
  );
}

function Failed({ run: { run, failure } }: { readonly run: StudentRun }) {
  const live = useStudents((students) => students.live.includes(run));
  const waits = useStudents(isBusy);
  if (!failure) return null;
  return (
    <FailureBlock failure={failure} title="This run failed">
      {live && (
        <Button primary waits={waits} onClick={() => void saveCheckpoint()}>
          Save the last good student
        </Button>
      )}
      <Button primary={!live} waits={waits} onClick={() => void withSentence(startStudent)}>
        Start again with the current settings
      </Button>
    </FailureBlock>
  );
}
