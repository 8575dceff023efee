import type { ReactNode } from "react";
import { LOSSES, type LossKind } from "../../worker/protocol.ts";
import css from "./Notes.module.css";

/** The chosen loss as docs/method.md has it. */
export function LossEquation({ loss }: { readonly loss: LossKind }) {
  return (
    <math display="block" className={css.equation} aria-label={LOSS_TEXTS[loss].spoken}>
      <mrow>
        <Sub base="L" index={LOSSES[loss].name} />
        <mo>=</mo>
        {LOSS_TEXTS[loss].body}
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

/** The mean over count·F, of all queries i (in some set) and frames f, of their divergence. */
const meanDivergence = (count: string, within?: ReactNode) => (
  <mrow>
    {over(
      <mn>1</mn>,
      <>
        <mi>{count}</mi>
        <mi>F</mi>
      </>,
    )}
    {sum(
      <>
        <mi>i</mi>
        {within}
        <mo>,</mo>
        <mi>f</mi>
      </>,
    )}
    {divergence}
  </mrow>
);

/** The mean over all pairs i, j of `body`. */
const meanOfPairs = (body: ReactNode) => (
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
    {body}
  </mrow>
);

interface LossText {
  /** What its value is counted in. */
  readonly unit: string;
  /** What it looks at, in one line. */
  readonly sees: string;
  /** What it asks of the student, in a sentence or two. */
  readonly meaning: string;
  /** The equation, read aloud. */
  readonly spoken: string;
  /** What stands right of the equation's sign. */
  readonly body: ReactNode;
}

/** What the page says of each loss. */
export const LOSS_TEXTS: Readonly<Record<LossKind, LossText>> = {
  tsa: {
    unit: "nats",
    sees: "where each patch is believed to have gone, frame by frame, sharpened by τ",
    meaning:
      "For every patch and every frame, teacher and student each say where the patch went; the loss is how far the two distributions are apart.",
    spoken:
      "L TSA is the mean over all queries i and frames f of the divergence of the student's distribution from the teacher's",
    body: meanDivergence("N"),
  },
  mtsa: {
    unit: "nats",
    sees: "the same, asked only of the patches that move (ρ)",
    meaning: "The same as TSA, but only the patches that move ask. Every position stays a possible answer.",
    spoken:
      "L M-TSA is the mean over the moving queries i and all frames f of the divergence of the student's distribution from the teacher's",
    body: meanDivergence(
      "M",
      <>
        <mo>∈</mo>
        <mi>Q</mi>
      </>,
    ),
  },
  trd: {
    unit: "of a cosine",
    sees: "every pair's cosine alike, near or far, beyond the margin",
    meaning:
      "VideoREPA's: every pair of patches has a cosine, and the loss is how far the student's is from the teacher's, beyond the margin. Near and far pairs count alike.",
    spoken:
      "L TRD is the mean over all pairs i, j of how far the student's similarity is from the teacher's, less the margin, at least zero",
    body: meanOfPairs(
      <>
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
      </>,
    ),
  },
  repa: {
    unit: "minus a cosine",
    sees: "each patch's own feature; nothing of how patches relate",
    meaning:
      "Each patch's feature shall point where the teacher's does. Nothing is said about how patches relate; that has to follow by itself.",
    spoken: "L REPA is minus the mean over all tokens of the cosine of teacher's and student's features",
    body: (
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
  },
  gram: {
    unit: "of a squared cosine",
    sees: "every pair's cosine alike, squared: a few large differences weigh more than many small ones",
    meaning:
      "DINOv3's anchoring: every pair of patches has a cosine, and the loss is the mean square of the student's less the teacher's. It is TSA without the softmax, and TRD squared without a margin.",
    spoken: "L Gram is the mean over all pairs i, j of the square of the student's similarity less the teacher's",
    body: meanOfPairs(
      <msup>
        <mrow>
          <mo>(</mo>
          {cosine("s")}
          <mo>−</mo>
          {cosine("t")}
          <mo>)</mo>
        </mrow>
        <mn>2</mn>
      </msup>,
    ),
  },
};
