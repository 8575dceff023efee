import { useSettings } from "../../state/settings.ts";
import {
  type Preparing as PreparingRun,
  type StudentRun,
  selectedStudent,
  setStudents,
  unsavedSteps,
  useStudents,
} from "../../state/student/store.ts";
import { endAnyway, goOn, startFromFile, startStudent } from "../../state/student/student.ts";
import { Button, Choice } from "../controls/controls.tsx";
import { FailureBlock } from "../page/FailureBlock.tsx";
import css from "../train/Train.module.css";
import own from "./Student.module.css";
import { StudentCharts } from "./StudentCharts.tsx";
import { StudentClips } from "./StudentClips.tsx";
import { saveCheckpoint } from "./StudentExports.tsx";
import { StudentTransport } from "./StudentTransport.tsx";
import { armName } from "./words.ts";

/** The run on show from top to bottom: its buttons, what it asks, its clips, its curves. */
export function StudentStage() {
  const run = useStudents(selectedStudent);
  const preparing = useStudents((students) => students.preparing);
  return (
    <div className={css.stage}>
      <StudentTransport />
      <Ending />
      <Offer />
      <Notice />
      <Runs />
      {run?.status === "failed" && run.failure && <Failed run={run} />}
      {run ? (
        <>
          <StudentClips {...run} given={run.recipe.given > 0} />
          <StudentCharts run={run} />
        </>
      ) : preparing ? (
        <Preparing {...preparing} />
      ) : (
        <Empty />
      )}
    </div>
  );
}

/** What is done until the first step, in its order: what is over, what is under way, what comes. */
function Preparing({ prepared, watched }: PreparingRun) {
  const given = useSettings((settings) => settings.student.given > 0);
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
      <StudentClips looks={[]} points={[]} watched={watched} given={given} />
    </>
  );
}

const Empty = () => (
  <div className={own.empty}>
    <h2>Nothing learns yet</h2>
    <p>
      Press Start: clips of the task are simulated, and the diffusion student learns to draw them, from a sentence and
      from noise. Before the first step and every few steps it draws clips that it never trains on, always from the same
      noise; here they appear beside the simulator's.
    </p>
    <p>
      On a software adapter a step of our trained student takes many seconds. One drawn at random, 32 wide and 1 block
      deep, shows how it goes in a few.
    </p>
  </div>
);

/** Asked before the last steps of a run are given up. */
function Ending() {
  const ending = useStudents((students) => students.ending);
  const run = useStudents((students) => students.runs.find(({ run: number }) => number === students.live));
  if (!ending || !run) return null;
  const saveFirst = async () => {
    if (await saveCheckpoint()) await endAnyway();
  };
  const what = ending.then === "stop" ? "Stopping it" : "Another run";
  return (
    <div className={css.banner} role="alert" data-testid="student-ending">
      <p>
        This run lives in this tab only. {what} gives up {unsavedSteps(run)} of its {run.step} steps, unless you save
        its checkpoint first.
      </p>
      <div>
        <Button primary onClick={() => void saveFirst()}>
          Save checkpoint, then {ending.then === "stop" ? "stop" : "go on"}
        </Button>
        <Button onClick={() => void endAnyway()}>Give it up</Button>
        <Button onClick={() => setStudents({ ending: null })}>Keep it</Button>
      </div>
    </div>
  );
}

/** A file was dropped: what for? */
function Offer() {
  const offered = useStudents((students) => students.offered);
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
          <Button primary onClick={() => void goOn()}>
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

function Failed({ run: { failure } }: { readonly run: StudentRun }) {
  const live = useStudents((students) => students.live === students.selected);
  if (!failure) return null;
  return (
    <FailureBlock failure={failure} title="This run failed">
      {live && (
        <Button primary onClick={() => void saveCheckpoint()}>
          Save the last good student
        </Button>
      )}
      <Button primary={!live} onClick={() => void startStudent()}>
        Start again with the current settings
      </Button>
    </FailureBlock>
  );
}

/** Which of this visit's runs is on show. */
function Runs() {
  const runs = useStudents((students) => students.runs);
  const selected = useStudents((students) => students.selected);
  if (runs.length < 2 || selected === null) return null;
  const options = runs.map(
    ({ run, recipe: { loss, task, seed }, step }) =>
      [run, `${run}: ${armName(loss)}, ${task}, seed ${seed}, ${step} steps`] as const,
  );
  return (
    <div className={own.runs}>
      <Choice
        label="Run on show"
        value={selected}
        options={options}
        onChange={(value) => setStudents({ selected: value })}
      />
    </div>
  );
}
