import { useSession } from "../../state/session.ts";
import { BUSY } from "../../state/student/names.ts";
import { withSentence } from "../../state/student/sentence.ts";
import {
  type Busy,
  liveStatus,
  type Prepared,
  type StudentRun,
  secondsPerStep,
  useLiveStudents,
  useStudents,
} from "../../state/student/store.ts";
import {
  cancelStart,
  pauseStudent,
  resumeStudent,
  startStudent,
  stepStudent,
  stopStudent,
} from "../../state/student/student.ts";
import { timeLeftOf } from "../../state/student/time_left.ts";
import { Button } from "../controls/controls.tsx";
import { progressText } from "../controls/progress.ts";
import css from "../train/Train.module.css";
import { duration } from "../train/words.ts";
import { saveCheckpoint } from "./StudentExports.tsx";
import { StudentForesight } from "./StudentForesight.tsx";
import { armName, leftWords, preparedWords } from "./words.ts";

/** Start, pause, one step, stop, save; how far the preparation and the runs are, and how long still. */
export function StudentTransport() {
  const busy = useStudents((students) => students.busy);
  const runs = useLiveStudents();
  const status = useStudents(liveStatus);
  const isHeld = runs.length > 0 && (busy === null || busy === "step" || busy === "pause");
  return (
    <section className={css.transport} aria-label="Training">
      <div className={css.buttons}>
        <Go status={status} busy={busy} />
        {(busy === "start" || busy === "measure") && <Button onClick={() => void cancelStart()}>Cancel</Button>}
        {/* One and the same button while what it ends changes: a click may take as long as that. */}
        {isHeld && <Button onClick={() => void stopStudent()}>{isOver(status) ? "Free the GPU" : "Stop"}</Button>}
        {(busy === null || busy === "save") && runs.some(({ step }) => step > 0) && (
          <Button waits={busy !== null} onClick={() => void saveCheckpoint()}>
            Save checkpoint
          </Button>
        )}
      </div>
      <PrepareLine runs={runs} />
      {runs.map((run) => (
        <RunLine key={run.run} run={run} live={runs} />
      ))}
      {(busy === null || busy === "measure") && isOver(status) && <StudentForesight />}
    </section>
  );
}

type Status = StudentRun["status"] | undefined;

const isOver = (status: Status) => status !== "running" && status !== "paused";

interface GoProps {
  readonly status: Status;
  readonly busy: Busy | null;
}

/** The same buttons while they are at work, so that the keyboard's focus stays where it is. */
function Go({ status, busy }: GoProps) {
  const [name, act] =
    status === "running"
      ? (["Pause", pauseStudent] as const)
      : status === "paused"
        ? (["Resume", resumeStudent] as const)
        : (["Start", () => withSentence(startStudent)] as const);
  const step = () => (isOver(status) ? withSentence(stepStudent) : stepStudent());
  return (
    <>
      <Button primary={busy === null} waits={busy !== null} onClick={() => void act()}>
        {busy ? `${BUSY[busy]} …` : name}
      </Button>
      {status !== "running" && (
        <Button waits={busy !== null} onClick={() => void step()}>
          One step
        </Button>
      )}
    </>
  );
}

/** Clips that are made ready: before the answer to the start, and beside the first steps. */
function PrepareLine({ runs }: { readonly runs: readonly StudentRun[] }) {
  const starting = useStudents((students) => students.preparing?.prepared ?? null);
  const loading = useSession((session) => session.progress);
  const busy = useStudents((students) => students.busy === "start");
  // A paused or finished run prepares nothing.
  const [under] = runs.filter(({ status, prepared: some }) => status === "running" && some && !isReady(some));
  const prepared = busy ? starting : under?.prepared;
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
  if (!prepared || isReady(prepared)) return null;
  return (
    <div className={css.line} data-testid="student-prepared">
      <progress aria-label="Clips that are prepared" value={prepared.ready + prepared.left} max={prepared.total} />
      <span>{preparedWords(prepared)}</span>
    </div>
  );
}

const isReady = ({ ready, left, total }: Prepared) => ready + left >= total;

const STATES = { idle: "stopped", running: "training", paused: "paused", done: "done", failed: "failed" } as const;

interface RunLineProps {
  readonly run: StudentRun;
  readonly live: readonly StudentRun[];
}

function RunLine({ run, live }: RunLineProps) {
  const { status, step, steps, recipe, savedStep, filedStep } = run;
  const measured = useStudents((students) => students.measured);
  const pace = secondsPerStep(run);
  return (
    <div className={css.line}>
      <progress aria-label="Steps of this run" value={step} max={steps} />
      <span data-testid="student-status" data-status={status} data-step={step}>
        {armName(recipe.loss)} {STATES[status]}, step {step} of {steps}
        {pace !== undefined && `, ${duration(pace)} a step`}
        {leftWords(timeLeftOf(run, live, measured))}
        {savedStep !== null && ` · saved at step ${savedStep}`}
        {filedStep !== null && filedStep > (savedStep ?? 0) && ` · in a file at step ${filedStep}`}
      </span>
    </div>
  );
}
