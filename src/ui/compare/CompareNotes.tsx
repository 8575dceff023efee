import type { CompareInput } from "../../figure/compare_figure.ts";
import { short } from "../../figure/scale.ts";
import { blocksOf, encoderTraits, isTrainedId, noisingOf } from "../../worker/protocol.ts";
import { Letter } from "../controls/Equation.tsx";

/** What the rows of Compare mean, and what this query shows. */
export function CompareNotes({ input }: { readonly input: CompareInput | null }) {
  return (
    <>
      <h2>What you see</h2>
      {input && <p>{queryNote(input)}</p>}
      {input && <StudentNote compared={input.compared} />}
      <p>
        <b>Gradient</b> is the query's row of ∂L/∂R, the pull of the tempered loss on the student's similarities:
      </p>
      <math display="block" aria-label="The gradient is student's P minus teacher's P, divided by N F tau">
        <mfrac>
          <mrow>
            <mo>∂</mo>
            <mi>L</mi>
          </mrow>
          <mrow>
            <mo>∂</mo>
            <mi>R</mi>
          </mrow>
        </mfrac>
        <mo>=</mo>
        <mfrac>
          <mrow>
            <msup>
              <mi>P</mi>
              <mi>student</mi>
            </msup>
            <mo>−</mo>
            <msup>
              <mi>P</mi>
              <mi>teacher</mi>
            </msup>
          </mrow>
          <mrow>
            <mi>N</mi>
            <mi>F</mi>
            <mi>τ</mi>
          </mrow>
        </mfrac>
      </math>
      <p>
        Where the student puts too much probability it is positive and pushes the similarity down; where it puts too
        little it is negative and pulls it up. <b>KL map</b> shows every token as the query: bright tokens are those
        whose correspondences differ most.
      </p>
      <h2>Why the temperature matters</h2>
      <p>
        Warm, both distributions are nearly even and there is nothing to learn: loss and gradient vanish. Cold, the
        gradient sits on a few positions and grows with 1/<Letter target="tau">τ</Letter>. The paper trains between the
        two, at 0.1; features whose cosines crowd together, such as XFeat's, want it colder.
      </p>
      <h2>Try</h2>
      <p>
        Freeze or shuffle the student's clip: each frame alone stays a good picture, so a loss on single patches minds
        less than one on correspondences across time, which break. Pin the comparison as it is first: the table below
        the figure then shows the change.
      </p>
    </>
  );
}

/** What a diffusion student was shown and asked, and why its features can be held against the teacher's as they are. */
function StudentNote({ compared: { student, prompt } }: Pick<CompareInput, "compared">) {
  const [noising, blocks] = [noisingOf(student), blocksOf(student.encoder)];
  if (!noising || !blocks) return null;
  const own = isTrainedId(student.encoder);
  return (
    <>
      <h2>The student is a video generator</h2>
      <p>
        {own ? `“${encoderTraits(student.encoder).name}”` : "Our CogVideoX"} learnt to take noise out of sandbox clips.
        It is shown this clip, squeezed by the autoencoder to 4×8×8 tokens, in noise of level {noising.t}; the row
        “student's clip” shows those tokens decoded:
      </p>
      <math display="block" aria-label="x t is the root of A times x zero plus the root of 1 minus A times epsilon">
        <msub>
          <mi>x</mi>
          <mi>t</mi>
        </msub>
        <mo>=</mo>
        <msqrt>
          <mi>A</mi>
        </msqrt>
        <msub>
          <mi>x</mi>
          <mn>0</mn>
        </msub>
        <mo>+</mo>
        <msqrt>
          <mn>1</mn>
          <mo>−</mo>
          <mi>A</mi>
        </msqrt>
        <mi>ε</mi>
      </math>
      <p>
        {prompt
          ? `It reads the clip's sentence, “${prompt}”.`
          : "This clip has no sentence of the sandbox, so it reads an empty one, as in a tenth of its training."}{" "}
        Its features are what block {noising.block} of {blocks.count} hands on;{" "}
        {blocks.aligned === null ? "its training aligned none" : `training aligns block ${blocks.aligned}`}.
      </p>
      <p>
        Training puts a projector between the two, which also doubles the frames. Here is none: similarities are N×N
        whatever the channels, so they need no projector, and each of the 4 token frames stands for its 4 frames of the
        clip.
      </p>
    </>
  );
}

/** How far apart the two sides are for this query. */
function queryNote({ query, compared }: CompareInput): string {
  const { F } = compared.grid;
  const others = [...query.kl].filter((_, f) => f !== query.query[0]);
  const mean = others.reduce((sum, value) => sum + value, 0) / Math.max(others.length, 1);
  const agreeing = query.teacher.matches.filter((match, f) => {
    const student = query.student.matches[f];
    return Math.max(Math.abs(match.row - student.row), Math.abs(match.col - student.col)) <= 1;
  }).length;
  return `Teacher and student agree on the best match, within one token, in ${agreeing} of ${F} frames. Their distributions differ by ${short(mean)} nats a frame at τ = ${short(query.tau)}.`;
}
