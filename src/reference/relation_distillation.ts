import type { Rectangle } from "./tempered_kl.ts";

/**
 * Token relation distillation (docs/method.md section 4): sums[f, q] = Σ_s relu(|R_student − R_teacher| − margin).
 * @param teacher R [F·S, Q], student R [F·S, Q]
 * @returns sums [F, Q]
 */
export function relationDistillation(
  teacher: ArrayLike<number>,
  student: ArrayLike<number>,
  { F, S, Q }: Rectangle,
  margin: number,
): Float64Array {
  const sums = new Float64Array(F * Q);
  for (let j = 0; j < F * S; j++) {
    for (let q = 0; q < Q; q++) {
      const excess = Math.abs(student[j * Q + q] - teacher[j * Q + q]) - margin;
      sums[Math.floor(j / S) * Q + q] += Math.max(0, excess);
    }
  }
  return sums;
}

/**
 * Backward: G = scale · sign(R_student − R_teacher) where the difference exceeds the margin, else 0.
 * @returns G [F·S, Q]
 */
export function relationDistillationBackward(
  teacher: ArrayLike<number>,
  student: ArrayLike<number>,
  { F, S, Q }: Rectangle,
  margin: number,
  scale: number,
): Float64Array {
  return Float64Array.from({ length: F * S * Q }, (_, i) => {
    const difference = student[i] - teacher[i];
    return Math.abs(difference) > margin ? scale * Math.sign(difference) : 0;
  });
}
