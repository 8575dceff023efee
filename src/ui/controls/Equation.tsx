import type { ReactNode } from "react";
import css from "../notes/Notes.module.css";

/** Eq. 8 of the paper: tempered softmax over the positions of one frame. */
export function Equation() {
  return (
    <math
      display="block"
      className={css.equation}
      aria-label="P of i, f, s equals the exponential of R i f s over tau, divided by its sum over the frame's positions"
    >
      <mrow>
        <msub>
          <mi>P</mi>
          <mrow>
            <mi>i</mi>
            <mo>,</mo>
            <mi>f</mi>
            <mo>,</mo>
            <mi>s</mi>
          </mrow>
        </msub>
        <mo>=</mo>
        <mfrac>
          <mrow>
            <mi>exp</mi>
            <mo>(</mo>
            <msub>
              <mi>R</mi>
              <mrow>
                <mi>i</mi>
                <mo>,</mo>
                <mi>f</mi>
                <mi>s</mi>
              </mrow>
            </msub>
            <mo>/</mo>
            <mi>τ</mi>
            <mo>)</mo>
          </mrow>
          <mrow>
            <munder>
              <mo>∑</mo>
              <msup>
                <mi>s</mi>
                <mo>′</mo>
              </msup>
            </munder>
            <mi>exp</mi>
            <mo>(</mo>
            <msub>
              <mi>R</mi>
              <mrow>
                <mi>i</mi>
                <mo>,</mo>
                <mi>f</mi>
                <msup>
                  <mi>s</mi>
                  <mo>′</mo>
                </msup>
              </mrow>
            </msub>
            <mo>/</mo>
            <mi>τ</mi>
            <mo>)</mo>
          </mrow>
        </mfrac>
      </mrow>
    </math>
  );
}

/** A letter of the equation that leads to its control. */
export function Letter({ target, children }: { readonly target: string; readonly children: ReactNode }) {
  return (
    <button type="button" className={css.letter} onClick={() => document.getElementById(target)?.focus()}>
      {children}
    </button>
  );
}
