import { studentOrigin } from "../../state/provenance.ts";
import { liveStudent, type StudentRun, selectedStudent, useStudents } from "../../state/student/store.ts";
import { studentCheckpoint } from "../../state/student/student.ts";
import { Button } from "../controls/controls.tsx";
import { saveBlob, saveJson } from "../controls/download.ts";
import css from "../controls/Rail.module.css";
import { pickSafetensors } from "../files/picker.ts";
import { studentCsv, studentJson } from "./files.ts";
import { armName } from "./words.ts";

const stemOf = ({ recipe: { task, loss, seed }, step }: StudentRun) =>
  `student ${task} ${armName(loss)} seed ${seed} step ${step}`;

/** Saves the live run's checkpoint; of a failed run, its last good student. @returns whether there was one */
export async function saveCheckpoint(): Promise<boolean> {
  const bytes = await studentCheckpoint();
  const run = liveStudent(useStudents.getState());
  if (!bytes || !run) return false;
  const blob = new Blob([bytes], { type: "application/octet-stream" });
  saveBlob(stemOf({ ...run, step: run.savedStep ?? run.step }), "safetensors", blob);
  return true;
}

export function StudentExports() {
  const run = useStudents(selectedStudent);
  const live = useStudents((students) => students.live !== null);
  const csv = (of: StudentRun) => new Blob([studentCsv(of, studentOrigin())], { type: "text/csv" });
  return (
    <>
      <div className={css.row}>
        {live && <Button onClick={() => void saveCheckpoint()}>Save checkpoint</Button>}
        {run && (
          <>
            <Button onClick={() => saveJson(stemOf(run), studentJson(run), studentOrigin())}>Run JSON</Button>
            <Button onClick={() => saveBlob(stemOf(run), "csv", csv(run))}>CSV</Button>
          </>
        )}
        <Button onClick={pickSafetensors}>Open a checkpoint …</Button>
      </div>
      <p className={css.hint}>
        A student's run lives in this tab, and nowhere else: its checkpoint is a file that you save, and drop here to go
        on.
      </p>
    </>
  );
}
