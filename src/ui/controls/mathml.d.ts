import type { DetailedHTMLProps, HTMLAttributes } from "react";

type MathElement = DetailedHTMLProps<
  HTMLAttributes<HTMLElement> & { readonly display?: "block" | "inline" },
  HTMLElement
>;

/** React renders MathML but its types do not list it. Only the elements that the equations use. */
declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      math: MathElement;
      mrow: MathElement;
      mi: MathElement;
      mo: MathElement;
      mn: MathElement;
      msub: MathElement;
      msup: MathElement;
      mfrac: MathElement;
      msqrt: MathElement;
      munder: MathElement;
      msubsup: MathElement;
      mtext: MathElement;
    }
  }
}
