import { stripPng, stripSvg } from "../../figure/clip_strip.ts";
import { studentOrigin } from "../../state/provenance.ts";
import {
  isBusy,
  liveStudents,
  losableSteps,
  type StudentRun,
  selectedStudent,
  useStudents,
} from "../../state/student/store.ts";
import { studentCheckpoint } from "../../state/student/student.ts";
import { Button } from "../controls/controls.tsx";
import { saveBlob, saveJson } from "../controls/download.ts";
import { ExportSection, FileGroup } from "../controls/ExportSection.tsx";
import { pickSafetensors } from "../files/picker.ts";
import { saveClips, saveFilm, saveStrip } from "./clip_files.ts";
import { stemOf, studentCsv, studentJson } from "./files.ts";

/** Saves the checkpoint of the live run on show, or of the first; of a failed run, its last good student. */
export async function saveCheckpoint(): Promise<void> {
  const students = useStudents.getState();
  const live = liveStudents(students);
  const [chosen = live[0]] = live.filter(({ run }) => run === students.selected);
  if (chosen) await saveFileOf(chosen.run);
}

/** Saves those of all live runs that have steps which are nowhere else. @returns whether there was one for each */
export async function saveUnsavedFiles(): Promise<boolean> {
  let whole = true;
  for (const run of liveStudents(useStudents.getState())) {
    if (losableSteps(run) > 0) whole = (await saveFileOf(run.run)) && whole;
  }
  return whole;
}

async function saveFileOf(number: number): Promise<boolean> {
  const bytes = await studentCheckpoint(number);
  const run = liveStudents(useStudents.getState()).find((one) => one.run === number);
  if (!bytes || !run) return false;
  const blob = new Blob([bytes], { type: "application/octet-stream" });
  saveBlob(stemOf({ ...run, step: run.filedStep ?? run.step }), "safetensors", blob);
  return true;
}

export function StudentExports() {
  const run = useStudents(selectedStudent);
  const live = useStudents((students) => students.live.length > 0);
  const waits = useStudents(isBusy);
  const csv = (of: StudentRun) => new Blob([studentCsv(of, studentOrigin(of))], { type: "text/csv" });
  return (
    <ExportSection
      files={
        <>
          {run && (
            <>
              <FileGroup title="The run on show">
                <Button onClick={() => saveJson(stemOf(run), studentJson(run), studentOrigin(run))}>Run JSON</Button>
                <Button onClick={() => saveBlob(stemOf(run), "csv", csv(run))}>CSV</Button>
              </FileGroup>
              <FileGroup title="Clips that it drew">
                <Button onClick={() => void saveStrip("png", stripPng)}>Strip PNG</Button>
                <Button onClick={() => void saveStrip("svg", stripSvg)}>Strip SVG</Button>
                <Button onClick={() => void saveFilm()}>Clips video</Button>
                <Button onClick={saveClips}>Clips safetensors</Button>
              </FileGroup>
            </>
          )}
          <FileGroup
            title="Checkpoint"
            about="Student, projector, optimiser and recipe in one file: drop it here to go on, or to start a new run from its weights."
          >
            <Button onClick={pickSafetensors}>Open a checkpoint …</Button>
          </FileGroup>
        </>
      }
    >
      {live && (
        <Button waits={waits} onClick={() => void saveCheckpoint()}>
          Save checkpoint
        </Button>
      )}
    </ExportSection>
  );
}
