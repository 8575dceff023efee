import { type LossKind, type LossParams, traitsOf } from "./losses.ts";
import { maskFromMotion } from "./queries.ts";

/** A teacher and a student on the same clip and the same grid of F frames of S tokens. */
export interface Pair {
  readonly F: number;
  readonly S: number;
  readonly teacher: PairSide;
  readonly student: PairSide;
  /** Motion saliency [F, S], from which ρ makes the mask. */
  readonly motion: ArrayLike<number>;
}

export interface PairSide {
  /** Raw features [F, S, C]. */
  readonly data: Float32Array;
  readonly C: number;
}

/** One loss at one set of parameters. */
export interface LossStep {
  readonly loss: number;
  /** ‖∂L/∂y_student‖ over all tokens and channels, y the raw features. */
  readonly gradNorm: number;
  /** What each token contributes as a query [N]; see `AlignmentLoss.perToken`. */
  readonly perToken: Float32Array<ArrayBuffer>;
}

/**
 * The losses of a pair, bound once; what changes from step to step are the parameters. Two implementations with the
 * same answers: our kernels, and the float64 twins where there is no GPU. Steps must not overlap.
 */
export interface Comparison {
  /**
   * One loss and its gradient. `pause` is awaited between two parts of less than about a second; when it rejects, the step
   * is given up with that reason and the next one starts from the beginning.
   * @throws Error where the loss does not apply, see `applies`
   */
  step(kind: LossKind, params: LossParams, pause: () => Promise<void>): Promise<LossStep>;
  /** Takes other motion [F, S] for the pair's: what was bound to it is bound anew with the next step. */
  setMotion(motion: ArrayLike<number>): void;
  /** Frees everything; a second call is harmless. */
  destroy(): void;
}

/** Whether a loss is defined for the pair. */
export const applies = (kind: LossKind, { teacher, student }: Pair): boolean =>
  traitsOf(kind).channels === "any" || teacher.C === student.C;

/** Whether a loss has a query: of those that move there may be none, whose loss of 0 would read as agreement. */
export const asks = (kind: LossKind, mask: Uint8Array): boolean => traitsOf(kind).queries === "all" || mask.includes(1);

/** The moving queries at ρ, [N] of 0 and 1. */
export function pairMask({ F, S, teacher, student, motion }: Pair, rho: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(maskFromMotion(motion, { B: 1, F, S, Ct: teacher.C, Cs: student.C }, rho));
}

/** ‖v‖, summed in float64. */
export function norm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ** 2;
  return Math.sqrt(sum);
}
