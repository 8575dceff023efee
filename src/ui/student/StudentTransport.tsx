import { useSession } from "../../state/session.ts";
import { type Busy, liveStudent, type StudentRun, secondsPerStep, useStudents } from "../../state/student/store.ts";
import {
  cancelStart,
  pauseStudent,
  resumeStudent,
  startStudent,
  stepStudent,
  stopStudent,
} from "../../state/student/student.ts";
import { Button } from "../controls/controls.tsx";
import { progressText } from "../controls/progress.ts";
import css from "../train/Train.module.css";
import { duration } from "../train/words.ts";
import { saveCheckpoint } from "./StudentExports.tsx";
import { StudentForesight } from "./StudentForesight.tsx";
import { armName, preparedWords } from "./words.ts";

const BUSY: Readonly<Record<Busy, string>> = {
  measure: "Measuring a step",
  start: "Preparing the run",
  step: "Taking one step",
  pause: "Finishing its step",
  save: "Making the checkpoint",
  stop: "Stopping",
  read: "Reading the file",
};

/** Start, pause, one step, stop, save; how far the preparation and the run are, and how long still. */
export function StudentTransport() {
  const busy = useStudents((students) => students.busy);
  const run = useStudents(liveStudent);
  return (
    <section className={css.transport} aria-label="Training">
      <div className={css.buttons}>
        {busy ? <span className={css.busy}>{BUSY[busy]} …</span> : <Go run={run} />}
        {(busy === "start" || busy === "measure") && <Button onClick={() => void cancelStart()}>Cancel</Button>}
        {/* One and the same button while what it ends changes: a click may take as long as that. */}
        {run && (busy === null || busy === "step" || busy === "pause") && (
          <Button onClick={() => void stopStudent()}>{isOver(run) ? "Free the GPU" : "Stop"}</Button>
        )}
        {run && run.step > 0 && !busy && <Button onClick={() => void saveCheckpoint()}>Save checkpoint</Button>}
      </div>
      <PrepareLine run={run} />
      {run && <RunLine run={run} />}
      {!busy && isOver(run) && <StudentForesight />}
    </section>
  );
}

const isOver = (run: StudentRun | undefined) =>
  run === undefined || run.status === "done" || run.status === "failed" || run.status === "idle";

function Go({ run }: { readonly run: StudentRun | undefined }) {
  const status = run?.status ?? "idle";
  return (
    <>
      {status === "running" && (
        <Button primary onClick={() => void pauseStudent()}>
          Pause
        </Button>
      )}
      {status === "paused" && (
        <Button primary onClick={() => void resumeStudent()}>
          Resume
        </Button>
      )}
      {isOver(run) && (
        <Button primary onClick={() => void startStudent()}>
          Start
        </Button>
      )}
      {status !== "running" && <Button onClick={() => void stepStudent()}>One step</Button>}
    </>
  );
}

/** Clips that are made ready: before the answer to the start, and beside the first steps. */
function PrepareLine({ run }: { readonly run: StudentRun | undefined }) {
  const starting = useStudents((students) => students.preparing?.prepared ?? null);
  const loading = useSession((session) => session.progress);
  const busy = useStudents((students) => students.busy === "start");
  const prepared = starting ?? run?.prepared;
  if (busy && !starting) {
    return (
      <div className={css.line}>
        <progress aria-label="Preparing the run" />
        <span>
          {loading?.stage === "downloading" ? progressText(loading) : "The world and the models are loaded …"}
        </span>
      </div>
    );
  }
  if (!prepared || prepared.ready + prepared.left >= prepared.total) return null;
  // A paused or finished run prepares nothing.
  if (!busy && run?.status !== "running") return null;
  return (
    <div className={css.line} data-testid="student-prepared">
      <progress aria-label="Clips that are prepared" value={prepared.ready + prepared.left} max={prepared.total} />
      <span>{preparedWords(prepared)}</span>
    </div>
  );
}

const STATES = { idle: "stopped", running: "training", paused: "paused", done: "done", failed: "failed" } as const;

function RunLine({ run }: { readonly run: StudentRun }) {
  const { status, step, steps, recipe, savedStep } = run;
  const pace = secondsPerStep(run);
  const left = pace !== undefined && status === "running" ? (steps - step) * pace : undefined;
  return (
    <div className={css.line}>
      <progress aria-label="Steps of this run" value={step} max={steps} />
      <span data-testid="student-status" data-status={status} data-step={step}>
        {armName(recipe.loss)} {STATES[status]}, step {step} of {steps}
        {pace !== undefined && `, ${duration(pace)} a step`}
        {left !== undefined && `, about ${duration(left)} left`}
        {savedStep !== null && ` · saved at step ${savedStep}`}
      </span>
    </div>
  );
}
