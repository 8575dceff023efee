import { applying } from "../../figure/judge_figure.ts";
import { useSettings } from "../../state/settings.ts";
import type { Generated, Judged } from "../../worker/protocol.ts";
import css from "../notes/Notes.module.css";
import { GenerateNotes } from "./GenerateNotes.tsx";

interface EvaluateNotesProps {
  readonly judged: Judged | null;
  readonly generated: Generated | null;
}

/** How a verdict comes about, in words that follow the clip on show. */
export function EvaluateNotes({ judged, generated }: EvaluateNotesProps) {
  const student = useSettings(({ maker }) => maker === "student");
  return (
    <>
      <h2>What you see</h2>
      <p>{judged ? seen(judged) : "A judge that measures laws, at work on one clip."}</p>
      {generated && <GenerateNotes generated={generated} />}
      <h2>How it judges</h2>
      <p>
        Every colour of this world can be told from every other whatever the light, so the judge takes a frame apart
        into bodies: <b>outlines</b> (liquids dashed), <b>centres</b>, <b>paths</b>. Each rule then compares what the
        bodies did with what a law allows and gives an error <i>e</i> beside its tolerance.
      </p>
      <ScoreEquation />
      <p>
        The worst rule decides: a score of 0.5 is an error exactly at its tolerance. Rules about what the sentence says
        make SA*, rules about laws make PC*. The tolerances are frozen before any model is scored.
      </p>
      <h2>What it never sees</h2>
      <p>
        The simulation's own truth. It gets sixteen pictures and one sentence, as it does of a generated clip, and has
        to find the rest itself.
      </p>
      <h2>Try it</h2>
      <p>
        {student ? "Give the student another seed, more guidance or the first frames" : "Break a law on the left"} and
        find the frame where a curve enters the tinted zone. Point at a curve: the picture shows that frame, and all
        other curves mark it.
      </p>
    </>
  );
}

function seen({ verdict, source, words }: Judged): string {
  const { rules, joint, discarded } = verdict;
  if (discarded) return "There was nothing in these pictures that could be measured.";
  const apply = applying(verdict);
  const broken = apply.filter(({ error, tolerance }) => !(error <= tolerance));
  const counts = `${apply.length} of ${rules.length} rules apply to this clip`;
  const onPurpose = source.kind === "sandbox" && source.corruption !== null;
  if (joint) {
    return `${counts} and all of them hold${onPurpose ? ": this way of breaking it escaped the judge" : ""}.`;
  }
  const names = broken.map(({ rule }) => `“${words[rule]?.title ?? rule}”`).join(", ");
  return `${counts}; ${broken.length === 1 ? "one is" : `${broken.length} are`} broken: ${names}.`;
}

/** The score of the worst rule. */
function ScoreEquation() {
  return (
    <math
      display="block"
      className={css.equation}
      aria-label="score equals one minus half the largest error over tolerance, clipped to zero and one"
    >
      <mrow>
        <mi>s</mi>
        <mo>=</mo>
        <mi>clip</mi>
        <mo>(</mo>
        <mn>1</mn>
        <mo>−</mo>
        <mfrac>
          <mn>1</mn>
          <mn>2</mn>
        </mfrac>
        <munder>
          <mi>max</mi>
          <mi>r</mi>
        </munder>
        <mfrac>
          <msub>
            <mi>e</mi>
            <mi>r</mi>
          </msub>
          <msub>
            <mi>tol</mi>
            <mi>r</mi>
          </msub>
        </mfrac>
        <mo>,</mo>
        <mn>0</mn>
        <mo>,</mo>
        <mn>1</mn>
        <mo>)</mo>
      </mrow>
    </math>
  );
}
