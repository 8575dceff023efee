import { gram, gramBackward } from "./gram.ts";
import { relationDistillation, relationDistillationBackward } from "./relation_distillation.ts";
import { type Rectangle, temperedKl, temperedKlBackward } from "./tempered_kl.ts";

/** The parameters that relations read. */
export interface RelationParams {
  readonly tau: number;
  readonly margin: number;
}

/** What a loss makes of the similarities R [F·S, Q] of teacher and student. */
interface RelationTwin {
  /**
   * How its sums are averaged: perToken[i] = share · Σ_f sums[f, i], loss = Σ perToken / (M · terms).
   * A tempered loss is a mean over queries and frames, the others over queries and keys.
   */
  average(F: number, S: number): { readonly share: number; readonly terms: number };
  /** Sums over the keys of each frame, [F, Q]. */
  forward(teacher: ArrayLike<number>, student: ArrayLike<number>, shape: Rectangle, p: RelationParams): Float64Array;
  /** weight · ∂(Σ sums)/∂R_student, [F·S, Q]. */
  backward(
    teacher: ArrayLike<number>,
    student: ArrayLike<number>,
    shape: Rectangle,
    p: RelationParams,
    weight: number,
  ): Float64Array;
}

const overFrames: RelationTwin["average"] = (F) => ({ share: 1, terms: F });
const overKeys: RelationTwin["average"] = (F, S) => ({ share: 1 / (F * S), terms: 1 });

/** The relations between two similarities that losses are made of. */
export const RELATIONS = {
  /** KL of tempered distributions (TSA, M-TSA). */
  tempered: {
    average: overFrames,
    forward: (Rt, Rs, shape, { tau }) => temperedKl(Rt, Rs, shape, tau),
    backward: (Rt, Rs, shape, { tau }, weight) => temperedKlBackward(Rt, Rs, shape, tau, weight / tau),
  },
  /** Differences of cosines beyond a margin (TRD). */
  distillation: {
    average: overKeys,
    forward: (Rt, Rs, shape, { margin }) => relationDistillation(Rt, Rs, shape, margin),
    backward: (Rt, Rs, shape, { margin }, weight) => relationDistillationBackward(Rt, Rs, shape, margin, weight),
  },
  /** Squared differences of cosines (Gram). */
  squares: {
    average: overKeys,
    forward: gram,
    backward: (Rt, Rs, shape, _, weight) => gramBackward(Rt, Rs, shape, weight),
  },
} as const satisfies Record<string, RelationTwin>;

export type RelationName = keyof typeof RELATIONS;
