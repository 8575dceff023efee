import { setSettings, useSettings } from "../../state/settings.ts";
import { armsOf } from "../../state/student/recipe.ts";
import { isBusy, useStudents } from "../../state/student/store.ts";
import { measureStep } from "../../state/student/student.ts";
import { costOf } from "../../state/student/wanted.ts";
import type { StudentEstimate } from "../../worker/protocol.ts";
import { Button } from "../controls/controls.tsx";
import train from "../train/Train.module.css";
import css from "./Student.module.css";
import { sizeWords, timeWords } from "./words.ts";

/** What a run of the settings takes, before it is started: memory at once, time from one measured step; or why it cannot be. */
export function StudentForesight() {
  const estimate = useStudents((students) => students.estimate);
  const refusal = useStudents((students) => students.refusal);
  const measured = useStudents((students) => students.measured);
  const settings = useSettings((all) => all.student);
  const waits = useStudents(isBusy);
  if (settings.start === "file") return null;
  if (refusal !== null) return <p className={css.refusal}>{refusal}.</p>;
  if (!estimate) return null;
  if (estimate.largest > estimate.limit) return <TooLarge estimate={estimate} />;
  const arms = armsOf(settings).length;
  const known = measured?.cost === costOf(settings) ? measured : null;
  return (
    <div className={train.line} data-testid="student-foresight">
      <span>
        {sizeWords(arms * estimate.bytes - (arms - 1) * estimate.shared)} of GPU memory
        {arms > 1 && " for both arms at the most"}
        {known ? `; ${timeWords(known, settings)}` : "; how long depends on this adapter:"}
      </span>
      <Button waits={waits} onClick={() => void measureStep()}>
        {known ? "Measure again" : "Measure a step"}
      </Button>
    </div>
  );
}

function TooLarge({ estimate: { largest, limit, smaller } }: { readonly estimate: StudentEstimate }) {
  const take = () => {
    if (!smaller) return;
    const { student } = useSettings.getState();
    setSettings({ student: { ...student, batch: smaller.batch, width: smaller.width ?? student.width } });
  };
  return (
    <div className={train.line} data-testid="student-too-large">
      <span className={css.refusal}>
        Too large: one of its buffers needs {sizeWords(largest)}, this GPU allows {sizeWords(limit)}.
      </span>
      {smaller && (
        <Button primary onClick={take}>
          Take a batch of {smaller.batch}
          {smaller.width !== null && ` and a width of ${smaller.width}`}
        </Button>
      )}
    </div>
  );
}
