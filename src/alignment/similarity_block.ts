import gatherQueries from "../../shaders/alignment/gather_queries.wgsl";
import gatherRows from "../../shaders/alignment/gather_rows.wgsl";
import querySums from "../../shaders/alignment/query_sums.wgsl";
import scatterRows from "../../shaders/alignment/scatter_rows.wgsl";
import type { Gpu } from "../gpu/gpu.ts";
import { type BoundKernel, groups } from "../gpu/kernels.ts";
import { dispatch, type Step, VALUE_FLOP } from "../gpu/steps.ts";
import { bindProduct, ceil4, Product } from "../kernels/product.ts";
import { RELATIONS, type RelationName } from "../reference/index.ts";
import type { BlockBuffers } from "./loss_buffers.ts";
import type { LossShape } from "./loss_config.ts";
import type { LossParams } from "./losses.ts";
import type { QuerySteps } from "./query_steps.ts";
import { BIND_RELATION, type Relation } from "./relations.ts";

export interface BlockOptions {
  readonly relation: RelationName;
  readonly shape: LossShape;
  /** First query and number of query columns. */
  readonly q0: number;
  readonly width: number;
  /** Length of the query lists. */
  readonly room: number;
  readonly flopPerSubmit: number;
  readonly params: LossParams;
}

interface Parts {
  /** From the teacher's unit features to its similarities. */
  readonly teacher: readonly QuerySteps[];
  /** From the student's unit features to its similarities. */
  readonly student: readonly QuerySteps[];
  readonly relation: Relation;
  /** From the sums and the gradient of the similarities to per-token values and dz. */
  readonly gather: readonly QuerySteps[];
}

/** A rectangle of the similarity, forward and backward: the queries [q0, q0 + width) by all keys. */
export class SimilarityBlock {
  readonly #options: BlockOptions;
  readonly #parts: Parts;
  readonly #symmetric: boolean;
  /** Queries that it holds at the moment. */
  #Q: number;

  static async create(gpu: Gpu, buffers: BlockBuffers, options: BlockOptions): Promise<SimilarityBlock> {
    const { relation: kind, shape, q0, width, flopPerSubmit, params } = options;
    const { F, S, B, Ct, Cs } = shape;
    const { ofQueries, teacherT, zT, Rt, Rs } = buffers;
    const frames = { rows: F, values: S, batch: B, capacity: width, flopPerSubmit };
    const context = { gpu, buffers, shape, params, frames, ld: ceil4(width), q0, symmetric: !ofQueries };
    const relation = await BIND_RELATION[kind](context);
    const parts = {
      teacher: await bindSimilarity(gpu, buffers, options, {
        zT: teacherT,
        queries: ofQueries?.teacherQ,
        R: Rt,
        C: Ct,
      }),
      student: await bindSimilarity(gpu, buffers, options, { zT, queries: ofQueries?.studentQ, R: Rs, C: Cs }),
      relation,
      gather: [
        await bindPerToken(gpu, buffers, options, RELATIONS[kind].average(F, S).share),
        ...(await bindBackward(gpu, buffers, options)),
      ],
    };
    return new SimilarityBlock(options, parts, !ofQueries);
  }

  private constructor(options: BlockOptions, parts: Parts, symmetric: boolean) {
    this.#options = options;
    this.#parts = parts;
    this.#symmetric = symmetric;
    this.#Q = options.width;
  }

  /** From the teacher's unit features to its similarities and their statistics. */
  teacher(): Step[] {
    return this.#steps(this.#parts.teacher, this.#parts.relation.teacher);
  }

  /** The teacher's statistics again, after tau changed. */
  retemper(): Step[] {
    return this.#steps(this.#parts.relation.teacher);
  }

  /** From the student's unit features to per-token values and dz. */
  student(): Step[] {
    const { student, relation, gather } = this.#parts;
    return this.#steps(student, relation.forward, relation.backward, gather);
  }

  setParams(params: LossParams): void {
    this.#parts.relation.setParams(params);
  }

  /** M queries in all; this block takes its part of them. */
  resize(M: number): void {
    const { q0, width } = this.#options;
    const Q = Math.max(0, Math.min(width, M - q0));
    if (Q === this.#Q) return;
    this.#Q = Q;
    if (Q === 0 || this.#symmetric) return;
    const { teacher, student, relation, gather } = this.#parts;
    const all = [...teacher, ...student, ...relation.teacher, ...relation.forward, ...relation.backward, ...gather];
    for (const part of all) part.resize(Q);
  }

  #steps(...parts: readonly (readonly QuerySteps[])[]): Step[] {
    return this.#Q === 0 ? [] : parts.flat().flatMap(({ steps }) => steps);
  }
}

/** R = zTᵀ · zT, symmetric, or zTᵀ · the queries' columns. */
async function bindSimilarity(
  gpu: Gpu,
  { queries, counts }: BlockBuffers,
  { shape: { B, F, S }, q0, width, room, flopPerSubmit }: BlockOptions,
  side: { readonly zT: GPUBuffer; readonly queries: GPUBuffer | undefined; readonly R: GPUBuffer; readonly C: number },
): Promise<QuerySteps[]> {
  const { zT, queries: columns, R } = side;
  const [N, Cp] = [F * S, ceil4(side.C)];
  const [Np, ld] = [ceil4(N), ceil4(columns ? width : N)];
  const strides = { stride_a: Cp * Np, stride_b: Cp * ld, stride_c: Np * ld };
  const product = { A: zT, C: R, rows: N, depth: Cp, lda: Np, ldb: ld, ldc: ld, ...strides, batch: B, flopPerSubmit };
  if (!columns) return [fixed(await bindProduct(gpu, { ...product, form: "symmetric", B: zT, cols: N }))];
  const kernel = await gpu.kernels.bind(gatherQueries, {
    buffers: { zT, queries, counts, out: columns },
    params: { channels: Cp, tokens: Np, ld, q0, stride: room },
    grid: [groups(ld), Cp, B],
  });
  const similarity = await Product.bind(gpu, { ...product, form: "tn", B: columns, cols: width });
  return [small(kernel, B * Cp * ld), followed(similarity, (Q) => ({ cols: Q }))];
}

async function bindPerToken(
  gpu: Gpu,
  { sums, queries, counts, perToken }: BlockBuffers,
  { shape: { B, F, S }, q0, width, room }: BlockOptions,
  scale: number,
): Promise<QuerySteps> {
  const kernel = await gpu.kernels.bind(querySums, {
    buffers: { sums, queries, counts, per_token: perToken },
    params: { F, N: F * S, Q: width, ld: ceil4(width), q0, stride: room, scale },
    grid: [groups(width), 1, B],
  });
  return { ...small(kernel, B * F * width), resize: (Q) => kernel.setParams({ Q }) };
}

/** The gradient of the queries' own rows: dz_q = Gᵀ · z (or W · z, all of it, when symmetric), and of every key: dz += G · z_q. */
async function bindBackward(
  gpu: Gpu,
  { Rs, z, dz, queries, counts, ofQueries }: BlockBuffers,
  { shape: { B, F, S, Cs }, q0, width, room, flopPerSubmit }: BlockOptions,
): Promise<QuerySteps[]> {
  const [N, Np, ld] = [F * S, ceil4(F * S), ceil4(width)];
  const product = { A: Rs, cols: Cs, lda: ld, ldb: Cs, ldc: Cs, stride_a: Np * ld, batch: B, flopPerSubmit };
  const own = { ...product, form: "tn", B: z, rows: width, depth: Np, stride_b: Np * Cs, stride_c: ld * Cs } as const;
  if (!ofQueries) return [fixed(await bindProduct(gpu, { ...own, C: dz }))];
  const { zQ, dzQ } = ofQueries;
  const shared = { params: { C: Cs, tokens: Np, ld, q0, stride: room }, grid: [groups(Cs), ld, B] as const };
  const collect = await gpu.kernels.bind(gatherRows, { buffers: { z, queries, counts, out: zQ }, ...shared });
  const scatter = await gpu.kernels.bind(scatterRows, { buffers: { rows: dzQ, queries, counts, dz }, ...shared });
  const keys = { ...product, form: "nn", accumulate: true, B: zQ, C: dz, rows: N, depth: ld } as const;
  return [
    followed(await Product.bind(gpu, { ...own, C: dzQ }), (Q) => ({ rows: Q })),
    small(scatter, B * ld * Cs),
    small(collect, B * ld * Cs),
    followed(await Product.bind(gpu, { ...keys, stride_b: ld * Cs, stride_c: Np * Cs }), (Q) => ({ depth: ceil4(Q) })),
  ];
}

/** A small kernel over a whole block, whose grid stays. */
const small = (kernel: BoundKernel, values: number): QuerySteps => fixed([dispatch(kernel, VALUE_FLOP.plain * values)]);

const fixed = (steps: readonly Step[]): QuerySteps => ({ steps, resize() {} });

/** A product of which one size is the number of queries. */
const followed = (product: Product, sizes: (Q: number) => Parameters<Product["resize"]>[0]): QuerySteps => ({
  get steps() {
    return product.steps;
  },
  resize: (Q) => product.resize(sizes(Q)),
});
