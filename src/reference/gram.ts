import type { Rectangle } from "./tempered_kl.ts";

/**
 * Gram anchoring (docs/method.md section 4): sums[f, q] = Σ_s (R_student − R_teacher)².
 * @param teacher R [F·S, Q], student R [F·S, Q]
 * @returns sums [F, Q]
 */
export function gram(teacher: ArrayLike<number>, student: ArrayLike<number>, { F, S, Q }: Rectangle): Float64Array {
  const sums = new Float64Array(F * Q);
  for (let j = 0; j < F * S; j++) {
    for (let q = 0; q < Q; q++) {
      sums[Math.floor(j / S) * Q + q] += (student[j * Q + q] - teacher[j * Q + q]) ** 2;
    }
  }
  return sums;
}

/**
 * Backward: G = scale · 2 (R_student − R_teacher).
 * @returns G [F·S, Q]
 */
export function gramBackward(
  teacher: ArrayLike<number>,
  student: ArrayLike<number>,
  { F, S, Q }: Rectangle,
  scale: number,
): Float64Array {
  return Float64Array.from({ length: F * S * Q }, (_, i) => 2 * scale * (student[i] - teacher[i]));
}
