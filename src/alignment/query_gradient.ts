import { temperedKl, temperedKlBackward } from "../reference/index.ts";
import type { Grid } from "./types.ts";

/** What TSA makes of one query. */
export interface QueryGradient {
  /** ∂L_TSA/∂R_student of the query's row [N] (docs/method.md eq. 10): (P_student − P_teacher) / (N·F·τ). */
  readonly gradient: Float32Array<ArrayBuffer>;
  /** KL(teacher ‖ student) by frame [F], from log-softmax differences. */
  readonly kl: Float32Array<ArrayBuffer>;
}

/** @param teacher cosines of the query [N] by the teacher's features; @param student by the student's */
export function queryGradient(
  teacher: ArrayLike<number>,
  student: ArrayLike<number>,
  { F, H, W }: Pick<Grid, "F" | "H" | "W">,
  tau: number,
): QueryGradient {
  const shape = { F, S: H * W, Q: 1 };
  const scale = 1 / (F * H * W * F * tau);
  return {
    gradient: Float32Array.from(temperedKlBackward(teacher, student, shape, tau, scale)),
    kl: Float32Array.from(temperedKl(teacher, student, shape, tau)),
  };
}
