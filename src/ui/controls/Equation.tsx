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

/** Takes the user to a control, and shows which it is: the focus alone has no ring after a press of the mouse. */
function show(id: string): void {
  const control = document.getElementById(id);
  if (!control) return;
  control.scrollIntoView({ block: "nearest" });
  control.focus({ preventScroll: true });
  const section = control.closest("section") ?? control;
  section.animate([{ background: "var(--accent-wash)" }, { background: "transparent" }], { duration: 1600 });
}

/** A letter of the equation that leads to its control. */
export function Letter({ target, children }: { readonly target: string; readonly children: ReactNode }) {
  return (
    <button type="button" className={css.letter} title="Shows its slider" onClick={() => show(target)}>
      {children}
    </button>
  );
}
