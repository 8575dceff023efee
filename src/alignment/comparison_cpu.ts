import * as reference from "../reference/index.ts";
import { selfSimilarityBackward } from "../reference/self_similarity.ts";
import { applies, type Comparison, type LossStep, norm, type Pair, pairMask } from "./comparison.ts";
import type { LossKind, LossParams } from "./loss_config.ts";

/** Queries of one part: some 30 ms at 8×14×20 tokens, and similarities of O(N) numbers instead of O(N²). */
const BLOCK = 64;

/** A part of the similarities [N, Q] of both sides, and what a loss makes of them. */
interface Block {
  /** Sum over keys of each query and frame, [F, Q]. */
  readonly sums: Float64Array;
  /** ∂L/∂R_student [N, Q]. */
  readonly G: Float64Array;
}

type Relate = (Rt: Float64Array, Rs: Float64Array, shape: { F: number; S: number; Q: number }) => Block;

/** The comparison on the float64 twins, by blocks of queries: a loss and its gradient are sums over its queries. */
export class CpuComparison implements Comparison {
  readonly #pair: Pair;
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

  async step(kind: LossKind, { tau, rho, margin }: LossParams, pause: () => Promise<void>): Promise<LossStep> {
    const { F, S, teacher, student } = this.#pair;
    if (!applies(kind, this.#pair)) throw new Error(`${kind} does not apply to this pair`);
    const N = F * S;
    switch (kind) {
      case "repa": {
        const { loss, perToken, dStudent } = reference.repa(teacher.data, student.data, N, student.C);
        return { loss, gradNorm: norm(dStudent), perToken: Float32Array.from(perToken) };
      }
      case "trd":
        return this.#blocks(
          allOf(N),
          { terms: 1, share: 1 / N },
          (Rt, Rs, shape) => ({
            sums: reference.relationDistillation(Rt, Rs, shape, margin),
            G: reference.relationDistillationBackward(Rt, Rs, shape, margin, 1 / (N * N)),
          }),
          pause,
        );
      case "tsa":
      case "mtsa": {
        const all = allOf(N);
        const mask = kind === "tsa" ? null : pairMask(this.#pair, rho);
        const queries = mask ? all.filter((i) => mask[i] === 1) : all;
        const scale = 1 / (queries.length * F * tau);
        return this.#blocks(
          queries,
          { terms: F, share: 1 },
          (Rt, Rs, shape) => ({
            sums: reference.temperedKl(Rt, Rs, shape, tau),
            G: reference.temperedKlBackward(Rt, Rs, shape, tau, scale),
          }),
          pause,
        );
      }
      default:
        return kind satisfies never;
    }
  }

  destroy(): void {}

  /** loss = Σ perToken / (queries · terms), perToken = share · Σ_f sums, and the gradient through the normalisation. */
  async #blocks(
    queries: readonly number[],
    { terms, share }: { terms: number; share: number },
    relate: Relate,
    pause: () => Promise<void>,
  ): Promise<LossStep> {
    const { F, S, teacher, student } = this.#pair;
    const N = F * S;
    const perToken = new Float64Array(N);
    const dz = new Float64Array(N * student.C);
    for (let q0 = 0; q0 < queries.length; q0 += BLOCK) {
      const block = queries.slice(q0, q0 + BLOCK);
      const Q = block.length;
      const Rt = reference.selfSimilarity(this.#zTeacher, block, N, teacher.C);
      const Rs = reference.selfSimilarity(this.#zStudent, block, N, student.C);
      const { sums, G } = relate(Rt, Rs, { F, S, Q });
      sums.forEach((sum, i) => {
        perToken[block[i % Q]] += share * sum;
      });
      selfSimilarityBackward(G, this.#zStudent, block, N, student.C).forEach((value, i) => {
        dz[i] += value;
      });
      await pause();
    }
    const dStudent = reference.l2NormalizeBackward(dz, this.#zStudent, this.#norms, N, student.C);
    const loss = perToken.reduce((a, b) => a + b, 0) / (queries.length * terms);
    return { loss, gradNorm: norm(dStudent), perToken: Float32Array.from(perToken) };
  }
}

const allOf = (N: number) => Array.from({ length: N }, (_, i) => i);
