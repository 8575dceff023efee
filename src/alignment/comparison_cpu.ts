import * as reference from "../reference/index.ts";
import { selfSimilarityBackward } from "../reference/self_similarity.ts";
import { applies, type Comparison, type LossStep, norm, type Pair, pairMask } from "./comparison.ts";
import { type LossKind, type LossParams, traitsOf } from "./losses.ts";

/** Queries of one part: some 30 ms at 8×14×20 tokens, and similarities of O(N) numbers instead of O(N²). */
const BLOCK = 64;

/** The comparison on the float64 twins, by blocks of queries: a loss and its gradient are sums over its queries. */
export class CpuComparison implements Comparison {
  #pair: Pair;
  /** Unit rows of both sides, [N, C] each, and the student's norms [N]. */
  readonly #zTeacher: Float64Array;
  readonly #zStudent: Float64Array;
  readonly #norms: Float64Array;

  constructor(pair: Pair) {
    const { F, S, teacher, student } = pair;
    this.#pair = pair;
    this.#zTeacher = reference.l2Normalize(teacher.data, F * S, teacher.C).z;
    const { z, norms } = reference.l2Normalize(student.data, F * S, student.C);
    this.#zStudent = z;
    this.#norms = norms;
  }

  async step(kind: LossKind, params: LossParams, pause: () => Promise<void>): Promise<LossStep> {
    const { F, S, teacher, student } = this.#pair;
    if (!applies(kind, this.#pair)) throw new Error(`${kind} does not apply to this pair`);
    const { compares, queries } = traitsOf(kind);
    const N = F * S;
    if (compares === "tokens") {
      const { loss, perToken, dStudent } = reference.repa(teacher.data, student.data, N, student.C);
      return { loss, gradNorm: norm(dStudent), perToken: Float32Array.from(perToken) };
    }
    const all = Array.from({ length: N }, (_, i) => i);
    const mask = queries === "moving" ? pairMask(this.#pair, params.rho) : null;
    return this.#blocks(compares, mask ? all.filter((i) => mask[i] === 1) : all, params, pause);
  }

  setMotion(motion: ArrayLike<number>): void {
    this.#pair = { ...this.#pair, motion };
  }

  destroy(): void {}

  /** As `relationLoss` of the reference, a block of queries at a time. */
  async #blocks(
    relation: reference.RelationName,
    queries: readonly number[],
    params: LossParams,
    pause: () => Promise<void>,
  ): Promise<LossStep> {
    const { F, S, teacher, student } = this.#pair;
    const N = F * S;
    const { average, forward, backward } = reference.RELATIONS[relation];
    const { share, terms } = average(F, S);
    const perToken = new Float64Array(N);
    const dz = new Float64Array(N * student.C);
    for (let q0 = 0; q0 < queries.length; q0 += BLOCK) {
      const block = queries.slice(q0, q0 + BLOCK);
      const shape = { F, S, Q: block.length };
      const Rt = reference.selfSimilarity(this.#zTeacher, block, N, teacher.C);
      const Rs = reference.selfSimilarity(this.#zStudent, block, N, student.C);
      forward(Rt, Rs, shape, params).forEach((sum, i) => {
        perToken[block[i % shape.Q]] += share * sum;
      });
      const G = backward(Rt, Rs, shape, params, share / (queries.length * terms));
      selfSimilarityBackward(G, this.#zStudent, block, N, student.C).forEach((value, i) => {
        dz[i] += value;
      });
      await pause();
    }
    const dStudent = reference.l2NormalizeBackward(dz, this.#zStudent, this.#norms, N, student.C);
    const loss = perToken.reduce((a, b) => a + b, 0) / (Math.max(1, queries.length) * terms);
    return { loss, gradNorm: norm(dStudent), perToken: Float32Array.from(perToken) };
  }
}
