import { useEffect } from "react";
import { useSession } from "../../state/session.ts";
import { startPlans } from "../../state/student/plan/run_plan.ts";
import { selectedStudent, useStudents } from "../../state/student/store.ts";
import css from "../App.module.css";
import { progressText } from "../controls/progress.ts";
import { Notes } from "../notes/Notes.tsx";
import { Header } from "../page/Header.tsx";
import { LiveRegion } from "../page/LiveRegion.tsx";
import status from "../page/StatusBar.module.css";
import { StudentNotes } from "./StudentNotes.tsx";
import { StudentRail } from "./StudentRail.tsx";
import { StudentStage } from "./StudentStage.tsx";
import { armName, gpuWords } from "./words.ts";

/** The diffusion student learns a task of the sandbox. No clip needs to be open. */
export function StudentView() {
  const run = useStudents(selectedStudent);
  const live = useStudents((students) => students.live);
  // A device that is lost for good has taken its memory along.
  const hasGpu = useSession(({ compute }) => compute?.backend === "webgpu");
  const progress = useSession((session) => session.progress);
  useEffect(() => void startPlans(), []);
  return (
    <div className={css.app}>
      <header className={css.header}>
        <Header clip={false} />
      </header>
      <aside className={css.rail} aria-label="Controls">
        <StudentRail />
      </aside>
      <main className={css.stage}>
        <h1 className="visually-hidden">Train the diffusion student</h1>
        <StudentStage />
      </main>
      <aside className={css.notes} aria-label="Notes">
        <Notes>
          <StudentNotes />
        </Notes>
      </aside>
      <footer className={css.status}>
        <div className={status.bar}>
          {run && (
            <>
              <span>
                a student of {run.shape.width} × {run.shape.depth}, {(run.parameters / 1e6).toFixed(2)} million numbers
                learn
              </span>
              <span>{gpuWords(run, hasGpu ? live : [])}</span>
            </>
          )}
          {progress?.stage === "downloading" && <span>{progressText(progress)}</span>}
          <span className={status.private}>Nothing leaves this machine.</span>
        </div>
      </footer>
      <StudentSentence />
    </div>
  );
}

/** What a screen reader hears: each change of state and each look, not each step. */
function StudentSentence() {
  const sentence = useStudents((students) => {
    const run = selectedStudent(students);
    if (!run) return students.busy === "start" ? "preparing the run" : "";
    const { status: now, step, steps, recipe, looks, recorded } = run;
    // One that plays is heard where it rests.
    if (recorded) return step === steps ? `the recorded run at its end, step ${steps}` : "a recorded run";
    const state = now === "running" ? "training" : `${now} at step ${step} of ${steps}`;
    const last = looks.at(-1);
    const look = last && last.samples.length > 0 ? `; clips drawn at step ${last.step}` : "";
    return `${armName(recipe.loss)} ${state}${look}`;
  });
  return <LiveRegion sentence={sentence} />;
}
