import type { ReactNode } from "react";
import type { LossName } from "../../worker/protocol.ts";
import css from "../notes/Notes.module.css";

const SPOKEN: Readonly<Record<LossName, string>> = {
  tsa: "L TSA is the mean over all queries i and frames f of the divergence of the student's distribution from the teacher's",
  mtsa: "L M-TSA is the mean over the moving queries i and all frames f of the divergence of the student's distribution from the teacher's",
  trd: "L TRD is the mean over all pairs i, j of how far the student's similarity is from the teacher's, less the margin, at least zero",
  repa: "L REPA is minus the mean over all tokens of the cosine of teacher's and student's features",
};

/** The chosen loss as METHOD.md has it. */
export function LossEquation({ loss }: { readonly loss: LossName }) {
  return (
    <math display="block" className={css.equation} aria-label={SPOKEN[loss]}>
      <mrow>
        <Sub base="L" index={loss === "mtsa" ? "M-TSA" : loss.toUpperCase()} />
        <mo>=</mo>
        {BODIES[loss]}
      </mrow>
    </math>
  );
}

function Sub({ base, index }: { readonly base: string; readonly index: string }) {
  return (
    <msub>
      <mi>{base}</mi>
      <mtext>{index}</mtext>
    </msub>
  );
}

const over = (top: ReactNode, below: ReactNode) => (
  <mfrac>
    <mrow>{top}</mrow>
    <mrow>{below}</mrow>
  </mfrac>
);

const sum = (over_: ReactNode) => (
  <munder>
    <mo>∑</mo>
    <mrow>{over_}</mrow>
  </munder>
);

/** P of one side, at query i and frame f. */
const belief = (side: string) => (
  <msubsup>
    <mi>P</mi>
    <mrow>
      <mi>i</mi>
      <mo>,</mo>
      <mi>f</mi>
    </mrow>
    <mi>{side}</mi>
  </msubsup>
);

const divergence = (
  <mrow>
    <mi>KL</mi>
    <mo>(</mo>
    {belief("t")}
    <mo>∥</mo>
    {belief("s")}
    <mo>)</mo>
  </mrow>
);

const cosine = (side: string) => (
  <msubsup>
    <mi>R</mi>
    <mrow>
      <mi>i</mi>
      <mi>j</mi>
    </mrow>
    <mi>{side}</mi>
  </msubsup>
);

const feature = (side: string) => (
  <msubsup>
    <mi>y</mi>
    <mi>i</mi>
    <mi>{side}</mi>
  </msubsup>
);

const BODIES: Readonly<Record<LossName, ReactNode>> = {
  tsa: (
    <mrow>
      {over(
        <mn>1</mn>,
        <>
          <mi>N</mi>
          <mi>F</mi>
        </>,
      )}
      {sum(
        <>
          <mi>i</mi>
          <mo>,</mo>
          <mi>f</mi>
        </>,
      )}
      {divergence}
    </mrow>
  ),
  mtsa: (
    <mrow>
      {over(
        <mn>1</mn>,
        <>
          <mi>M</mi>
          <mi>F</mi>
        </>,
      )}
      {sum(
        <>
          <mi>i</mi>
          <mo>∈</mo>
          <mi>Q</mi>
          <mo>,</mo>
          <mi>f</mi>
        </>,
      )}
      {divergence}
    </mrow>
  ),
  trd: (
    <mrow>
      {over(
        <mn>1</mn>,
        <msup>
          <mi>N</mi>
          <mn>2</mn>
        </msup>,
      )}
      {sum(
        <>
          <mi>i</mi>
          <mo>,</mo>
          <mi>j</mi>
        </>,
      )}
      <mi>max</mi>
      <mo>(</mo>
      <mo>|</mo>
      {cosine("s")}
      <mo>−</mo>
      {cosine("t")}
      <mo>|</mo>
      <mo>−</mo>
      <mi>m</mi>
      <mo>,</mo>
      <mn>0</mn>
      <mo>)</mo>
    </mrow>
  ),
  repa: (
    <mrow>
      <mo>−</mo>
      {over(<mn>1</mn>, <mi>N</mi>)}
      {sum(<mi>i</mi>)}
      <mi>cos</mi>
      <mo>(</mo>
      {feature("t")}
      <mo>,</mo>
      {feature("s")}
      <mo>)</mo>
    </mrow>
  ),
};
