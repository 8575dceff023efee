import { frameLse } from "./frame_lse.ts";

/** Shape of a rectangle of similarities: F frames of S keys, Q queries. */
export interface Rectangle {
  readonly F: number;
  readonly S: number;
  readonly Q: number;
}

/**
 * KL of each query and frame (docs/method.md eq. 9): kl[f, q] = Σ_s p_t (log p_t − log p_s).
 * @param teacher R [F·S, Q], student R [F·S, Q]
 * @returns kl [F, Q]
 */
export function temperedKl(
  teacher: ArrayLike<number>,
  student: ArrayLike<number>,
  { F, S, Q }: Rectangle,
  tau: number,
): Float64Array {
  const lseTeacher = frameLse(teacher, F, S, Q, tau);
  const lseStudent = frameLse(student, F, S, Q, tau);
  const kl = new Float64Array(F * Q);
  for (let f = 0; f < F; f++) {
    for (let s = 0; s < S; s++) {
      for (let q = 0; q < Q; q++) {
        const logTeacher = teacher[(f * S + s) * Q + q] / tau - lseTeacher[f * Q + q];
        const logStudent = student[(f * S + s) * Q + q] / tau - lseStudent[f * Q + q];
        kl[f * Q + q] += Math.exp(logTeacher) * (logTeacher - logStudent);
      }
    }
  }
  return kl;
}

/**
 * Backward of `scale · τ · Σ temperedKl` with respect to the student's R (docs/method.md eq. 10): G = scale · (p_s − p_t).
 * With scale = 1/(M·F·τ) it is the gradient of the loss.
 * @returns G [F·S, Q]
 */
export function temperedKlBackward(
  teacher: ArrayLike<number>,
  student: ArrayLike<number>,
  { F, S, Q }: Rectangle,
  tau: number,
  scale: number,
): Float64Array {
  const lseTeacher = frameLse(teacher, F, S, Q, tau);
  const lseStudent = frameLse(student, F, S, Q, tau);
  const G = new Float64Array(F * S * Q);
  for (let j = 0; j < F * S; j++) {
    const f = Math.floor(j / S);
    for (let q = 0; q < Q; q++) {
      const pTeacher = Math.exp(teacher[j * Q + q] / tau - lseTeacher[f * Q + q]);
      const pStudent = Math.exp(student[j * Q + q] / tau - lseStudent[f * Q + q]);
      G[j * Q + q] = scale * (pStudent - pTeacher);
    }
  }
  return G;
}
