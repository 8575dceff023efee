import { short } from "../../figure/scale.ts";
import { deleteStudent, selectStudent } from "../../state/student/recall.ts";
import { errorsOf, hasCheckpoint, isCut, type StudentRun, useStudents } from "../../state/student/store.ts";
import { continueStudent } from "../../state/student/student.ts";
import { Button } from "../controls/controls.tsx";
import css from "../train/Train.module.css";
import own from "./Student.module.css";
import { armName, sizeWords } from "./words.ts";

/** Every run of this visit and of those before: what it was, what it reached, what it takes on the disk. */
export function StudentRuns() {
  const runs = useStudents((students) => students.runs);
  const kept = useStudents((students) => students.kept);
  if (runs.length === 0) return null;
  return (
    <div className={css.tableScroll}>
      <table className={css.runs} data-testid="student-runs">
        <caption>Runs: what they were, what they reached</caption>
        <thead>
          <tr>
            <th scope="col">loss</th>
            <th scope="col">task</th>
            <th scope="col">seed</th>
            <th scope="col">step</th>
            <th scope="col">diffusion</th>
            <th scope="col">centre error</th>
            <th scope="col">on disk</th>
            <th scope="col">
              <span className="visually-hidden">what can be done</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <Row key={run.id} run={run} />
          ))}
        </tbody>
      </table>
      {kept !== null && (
        <p className={css.remark} data-testid="student-kept">
          {kept
            ? "Runs are kept in this browser until you delete them."
            : "Runs are kept in this browser, which may clear all of them when the disk runs low: save the checkpoints that you want to keep as files."}
        </p>
      )}
    </div>
  );
}

/** What its checkpoint is gone on with; where that is older than what the run reached, from which step. */
function goOnWords(run: StudentRun): string {
  const { savedStep, step } = run;
  if (savedStep !== null && savedStep < step) return `Go on at step ${savedStep}`;
  return isCut(run) ? "Go on" : "Train on";
}

function Row({ run }: { readonly run: StudentRun }) {
  const selected = useStudents((students) => students.selected === run.run);
  const live = useStudents((students) => students.live.includes(run.run));
  const idle = useStudents((students) => students.busy === null);
  const { id, recipe, step, steps, status, points, looks, diskBytes } = run;
  const name = armName(recipe.loss);
  const errors = errorsOf(looks.at(-1)?.samples ?? []);
  const last = points.at(-1);
  const goesOn = idle && hasCheckpoint(run) && (!live || status === "done" || status === "failed");
  return (
    <tr data-selected={selected} data-status={status}>
      <th scope="row">
        <button type="button" className={css.pick} aria-pressed={selected} onClick={() => void selectStudent(run.run)}>
          {name}
        </button>
        {run.recorded && " (recorded)"}
      </th>
      <td className={own.left}>{recipe.task}</td>
      <td>{recipe.seed}</td>
      <td>
        {step} of {steps}
      </td>
      <td>{last ? short(last.diffusion) : "–"}</td>
      <td>{errors ? `${short(errors.made)} px` : "–"}</td>
      <td>{diskBytes === null ? "–" : sizeWords(diskBytes)}</td>
      <td className={css.actions}>
        {goesOn && <Button onClick={() => void continueStudent(id)}>{goOnWords(run)}</Button>}
        {idle && status !== "running" && (
          <Button onClick={() => void deleteStudent(id)}>{run.recorded ? "Close" : "Delete"}</Button>
        )}
      </td>
    </tr>
  );
}
