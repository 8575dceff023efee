import { useMemo } from "react";
import { useSettings } from "../../state/settings.ts";
import { type StudentRun, selectedStudent, useShownStudents, useStudents } from "../../state/student/store.ts";
import { LOSSES, LOST_PX, reads, TEACHERS } from "../../worker/protocol.ts";
import { Letter } from "../controls/Equation.tsx";
import { LOSS_TEXTS, LossEquation } from "../notes/losses.tsx";
import css from "../notes/Notes.module.css";
import { armName, nowWords, pairWords } from "./words.ts";

/** What happens now, what is minimised, and what stays. */
export function StudentNotes() {
  const next = useSettings((settings) => settings.student);
  // What is on show is the run's, whatever the next one will learn by.
  const run = useStudents(selectedStudent);
  const { loss, teacher } = run?.recipe ?? next;
  const byShare = run ? run.recipe.share !== null : next.weigh === "share";
  return (
    <>
      <h2>What happens now</h2>
      <Now />
      <h2>What is minimised</h2>
      <Objective aligned={loss !== "none"} />
      <p>
        L<sub>diffusion</sub> is the error of the clip that the student guesses from noise, as in its pre-training.
        {loss === "none" && " Nothing else is asked of it."}
      </p>
      {loss !== "none" && (
        <>
          <p>
            L<sub>align</sub> compares the student's features after one of its blocks, through a projector, with those
            of a teacher: {TEACHERS[teacher]}. <Letter target="student-weight">λ</Letter>{" "}
            {byShare
              ? "is moved every few steps to where its gradient, at those features, is the given share of the diffusion loss's."
              : "stays as you set it."}
          </p>
          <h2>The loss: {LOSSES[loss].name}</h2>
          {loss !== next.loss && <p>This run's; the next one learns by {armName(next.loss)}.</p>}
          <LossEquation loss={loss} />
          <p>{LOSS_TEXTS[loss].meaning}</p>
          {reads(loss, "tau") && (
            <p>
              The temperature <Letter target="student-tau">τ</Letter> decides which pairs matter: warm, all positions
              count; cold, the best match is nearly all.
            </p>
          )}
          {reads(loss, "rho") && (
            <p>
              <Letter target="student-rho">ρ</Letter> is the share of each frame's patches, those that change most, that
              ask.
            </p>
          )}
        </>
      )}
      <h2>How to read the clips</h2>
      <p>
        The centre error is how far the drawn bodies are from the simulator's, in pixels of a 64 × 64 frame; a body that
        is missing in a frame counts {LOST_PX}, and a still clip is one whose bodies stay where they began. SA* says
        whether the clip shows its sentence, PC* whether it keeps the laws, Joint* both, by the law judge from pixels
        alone. A few clips say little: differences below a pixel may be chance.
      </p>
      <h2>What stays</h2>
      <p>
        A run saves itself in this browser as it goes, with its curves and clips, and stays until you delete it. After a
        reload it goes on exactly where it was saved. Its checkpoint as a file holds student, projector, optimiser and
        recipe; the pre-training in PyTorch can start from it, too.
      </p>
    </>
  );
}

function Now() {
  const arms = useShownStudents();
  const preparing = useStudents((students) => students.preparing !== null);
  const sentences = useMemo(() => armWords(arms), [arms]);
  if (sentences.length === 0) return <p>{preparing ? "A run is made ready." : "No student learns in this tab."}</p>;
  return (
    <>
      {sentences.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </>
  );
}

/** Of two arms first what they say of each other, then each one's sentences after its name. */
function armWords([first, second]: readonly StudentRun[]): string[] {
  if (!first || !second) return first ? nowWords(first) : [];
  const pair = pairWords(first, second);
  const own = [first, second].map((arm) => `${armName(arm.recipe.loss)}: ${nowWords(arm).join(" ")}`);
  return pair ? [pair, ...own] : own;
}

const term = (index: string) => (
  <msub>
    <mi>L</mi>
    <mtext>{index}</mtext>
  </msub>
);

const Objective = ({ aligned }: { readonly aligned: boolean }) => (
  <math
    display="block"
    className={css.equation}
    aria-label={aligned ? "L equals L diffusion plus lambda times L align" : "L equals L diffusion"}
  >
    <mrow>
      <mi>L</mi>
      <mo>=</mo>
      {term("diffusion")}
      {aligned && (
        <>
          <mo>+</mo>
          <mi>λ</mi>
          {term("align")}
        </>
      )}
    </mrow>
  </math>
);
