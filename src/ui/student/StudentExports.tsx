import { stripFrames, stripPng, stripSvg } from "../../figure/clip_strip.ts";
import { short } from "../../figure/scale.ts";
import { studentOrigin } from "../../state/provenance.ts";
import {
  liveStudents,
  type StudentRun,
  selectedStudent,
  shownStudents,
  unsavedSteps,
  useStudentAt,
  useStudents,
} from "../../state/student/store.ts";
import { studentCheckpoint } from "../../state/student/student.ts";
import type { StudentSample } from "../../worker/protocol.ts";
import { Button } from "../controls/controls.tsx";
import { saveBlob, saveJson } from "../controls/download.ts";
import css from "../controls/Rail.module.css";
import { pickSafetensors } from "../files/picker.ts";
import { studentCsv, studentJson } from "./files.ts";
import { columnsOf } from "./StudentClips.tsx";
import { armName } from "./words.ts";

const stemOf = ({ recipe: { task, loss, seed }, step }: StudentRun) =>
  `student ${task} ${armName(loss)} seed ${seed} step ${step}`;

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
    if (unsavedSteps(run) > 0) whole = (await saveFileOf(run.run)) && whole;
  }
  return whole;
}

async function saveFileOf(number: number): Promise<boolean> {
  const bytes = await studentCheckpoint(number);
  const run = liveStudents(useStudents.getState()).find((one) => one.run === number);
  if (!bytes || !run) return false;
  const blob = new Blob([bytes], { type: "application/octet-stream" });
  saveBlob(stemOf({ ...run, step: run.savedStep ?? run.step }), "safetensors", blob);
  return true;
}

/** The clips on show with the simulator's, as a figure: what is exported is what stands there. */
async function saveStrip(extension: string, make: typeof stripPng): Promise<void> {
  const students = useStudents.getState();
  const { hover, pinned } = useStudentAt.getState();
  const arms = shownStudents(students);
  const [run] = arms;
  if (!run) return;
  const columns = columnsOf(arms, hover ?? pinned);
  const groups = run.watched.map(({ prompt, seed, frames }, i) => ({
    title: `${prompt}, seed ${seed}`,
    rows: [
      ...columns.flatMap(({ name, look }) => {
        const sample = look.samples[i];
        return sample ? [{ label: name, note: shortError(sample), frames: sample.frames }] : [];
      }),
      { label: "the simulator", note: "", frames },
    ],
  }));
  const { task, seed } = run.recipe;
  const losses = arms.map((arm) => armName(arm.recipe.loss)).join(" and ");
  const caption = `Tempered: ${losses} on ${task}, seed ${seed}; frames ${stripFrames().join(", ")}.`;
  saveBlob(`${stemOf(run)} strip`, extension, await make(groups, caption));
}

const shortError = ({ centreError }: StudentSample): string =>
  Number.isFinite(centreError) ? `centre error ${short(centreError)} px` : "bodies not found";

export function StudentExports() {
  const run = useStudents(selectedStudent);
  const live = useStudents((students) => students.live.length > 0);
  const csv = (of: StudentRun) => new Blob([studentCsv(of, studentOrigin())], { type: "text/csv" });
  return (
    <>
      <div className={css.row}>
        {live && <Button onClick={() => void saveCheckpoint()}>Save checkpoint</Button>}
        {run && (
          <>
            <Button onClick={() => saveJson(stemOf(run), studentJson(run), studentOrigin())}>Run JSON</Button>
            <Button onClick={() => saveBlob(stemOf(run), "csv", csv(run))}>CSV</Button>
            <Button onClick={() => void saveStrip("png", stripPng)}>Strip PNG</Button>
            <Button onClick={() => void saveStrip("svg", stripSvg)}>Strip SVG</Button>
          </>
        )}
        <Button onClick={pickSafetensors}>Open a checkpoint …</Button>
      </div>
      <p className={css.hint}>
        A checkpoint is student, projector, optimiser and recipe in one file: drop it here to go on, or to start a new
        run from its weights.
      </p>
    </>
  );
}
