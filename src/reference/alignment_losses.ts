import { l2Normalize } from "./l2_normalize.ts";
import { l2NormalizeBackward } from "./l2_normalize_backward.ts";
import { RELATIONS, type RelationName, type RelationParams } from "./relations.ts";
import { selfSimilarity, selfSimilarityBackward } from "./self_similarity.ts";

/** One clip: F frames of S tokens, and the channels of both sides. */
export interface ClipShape {
  readonly F: number;
  readonly S: number;
  readonly Ct: number;
  readonly Cs: number;
}

export interface LossResult {
  readonly loss: number;
  /** What each token contributes as a query: loss = Σ perToken / (terms of the mean). */
  readonly perToken: Float64Array;
  /** Gradient with respect to the raw student features [N, Cs]. */
  readonly dStudent: Float64Array;
}

/**
 * A loss on self-similarities (docs/method.md sections 2 to 4): of a tempered relation TSA, or M-TSA when a mask is given.
 * An empty mask has no query: loss 0 and no gradient.
 * @param teacher [F·S, Ct], student [F·S, Cs], mask [F·S] of 0 and 1
 */
export function relationLoss(
  relation: RelationName,
  teacher: ArrayLike<number>,
  student: ArrayLike<number>,
  { F, S, Ct, Cs }: ClipShape,
  params: RelationParams,
  mask?: ArrayLike<number>,
): LossResult {
  const N = F * S;
  const queries = Array.from({ length: N }, (_, i) => i).filter((i) => mask?.[i] !== 0);
  const Q = queries.length;
  const perToken = new Float64Array(N);
  if (Q === 0) return { loss: 0, perToken, dStudent: new Float64Array(N * Cs) };
  const { z, norms } = l2Normalize(student, N, Cs);
  const Rt = selfSimilarity(l2Normalize(teacher, N, Ct).z, queries, N, Ct);
  const Rs = selfSimilarity(z, queries, N, Cs);
  const { average, forward, backward } = RELATIONS[relation];
  const { share, terms } = average(F, S);
  forward(Rt, Rs, { F, S, Q }, params).forEach((sum, i) => {
    perToken[queries[i % Q]] += share * sum;
  });
  const G = backward(Rt, Rs, { F, S, Q }, params, share / (Q * terms));
  const dz = selfSimilarityBackward(G, z, queries, N, Cs);
  return {
    loss: perToken.reduce((a, b) => a + b, 0) / (Q * terms),
    perToken,
    dStudent: l2NormalizeBackward(dz, z, norms, N, Cs),
  };
}

/**
 * REPA (docs/method.md eq. 2): perToken[i] = −cos(teacher_i, student_i), loss = mean of perToken.
 * @param teacher [N, C], student [N, C], already projected to the teacher's channels
 */
export function repa(teacher: ArrayLike<number>, student: ArrayLike<number>, N: number, C: number): LossResult {
  const zt = l2Normalize(teacher, N, C).z;
  const { z, norms } = l2Normalize(student, N, C);
  const perToken = new Float64Array(N);
  for (let i = 0; i < N * C; i++) perToken[Math.floor(i / C)] -= zt[i] * z[i];
  const dz = zt.map((value) => -value / N);
  return {
    loss: perToken.reduce((a, b) => a + b, 0) / N,
    perToken,
    dStudent: l2NormalizeBackward(dz, z, norms, N, C),
  };
}
