import type { Gpu } from "../gpu/gpu.ts";
import { frameLse } from "../kernels/frame_lse.ts";
import { gatherQueries } from "../kernels/gather_queries.ts";
import { gatherRows } from "../kernels/gather_rows.ts";
import { querySums } from "../kernels/query_sums.ts";
import { relationDistillation } from "../kernels/relation_distillation.ts";
import { relationDistillationBackward } from "../kernels/relation_distillation_backward.ts";
import { scatterRows } from "../kernels/scatter_rows.ts";
import { temperedKl } from "../kernels/tempered_kl.ts";
import { temperedKlBackward } from "../kernels/tempered_kl_backward.ts";
import { temperedKlBackwardSymmetric } from "../kernels/tempered_kl_backward_symmetric.ts";
import type { LossParams, LossShape } from "./loss_config.ts";
import { ceil4 } from "./loss_plan.ts";
import { bindProduct, elementwise, groups, type Operation, operationsOf, type Piece } from "./operations.ts";

/** The buffers that rectangles work in; blocks share them, because they run one after the other. */
export interface RectangleBuffers {
  readonly teacherT: GPUBuffer;
  readonly z: GPUBuffer;
  readonly zT: GPUBuffer;
  readonly dz: GPUBuffer;
  readonly queries: GPUBuffer;
  readonly counts: GPUBuffer;
  readonly perToken: GPUBuffer;
  readonly Rt: GPUBuffer;
  readonly Rs: GPUBuffer;
  readonly lseTeacher: GPUBuffer;
  readonly lseStudent: GPUBuffer;
  readonly sums: GPUBuffer;
  /** Only without symmetry: columns of the queries on both sides, their unit rows and their gradients. */
  readonly block?: {
    readonly teacherQ: GPUBuffer;
    readonly studentQ: GPUBuffer;
    readonly zQ: GPUBuffer;
    readonly dzQ: GPUBuffer;
  };
}

export interface RectangleOptions {
  readonly loss: "tempered" | "relation";
  readonly shape: LossShape;
  /** First query and number of query columns. */
  readonly q0: number;
  readonly width: number;
  /** Length of the query lists. */
  readonly room: number;
  readonly chunkFlop: number;
  readonly params: LossParams;
}

/** A rectangle of the similarity, forward and backward: the queries [q0, q0 + width) by all keys. */
export interface Rectangle {
  /** From the teacher's unit features to its similarities and their statistics. */
  teacher(): Operation[];
  /** The teacher's statistics again, after tau changed. */
  retemper(): Operation[];
  /** From the student's unit features to per-token values and dz. */
  student(): Operation[];
  setParams(params: LossParams): void;
  /** M queries in all; this rectangle takes its part of them. */
  resize(M: number): void;
  destroy(): void;
}

export async function createRectangle(
  gpu: Gpu,
  buffers: RectangleBuffers,
  options: RectangleOptions,
): Promise<Rectangle> {
  const { loss, shape, q0, width, room, chunkFlop, params } = options;
  const { B, F, S, Ct, Cs } = shape;
  const { block, Rt, Rs, counts, queries } = buffers;
  const N = F * S;
  const Np = ceil4(N);
  const ld = ceil4(width);
  const capacity = width;
  const symmetric = block === undefined;
  const frames = { rows: F, values: S, batch: B, capacity, chunkFlop };

  // W = G + Gᵀ; of the tempered loss the symmetric kernel adds both, of the relation loss W is 2G.
  const relationScale = (symmetric ? 2 : 1) / (N * N * B);
  const temperedScale = (tau: number) => 1 / (F * tau * B * (symmetric ? N : 1));

  const similarity = (from: GPUBuffer, queriesT: GPUBuffer | undefined, R: GPUBuffer, C: number) => {
    const columns = queriesT ? ld : Np;
    return bindProduct(gpu, {
      form: queriesT ? "tn" : "tn-symmetric",
      buffers: { A: from, B: queriesT ?? from, C: R },
      product: {
        rows: N,
        cols: width,
        depth: ceil4(C),
        lda: Np,
        ldb: columns,
        ldc: columns,
        stride_a: ceil4(C) * Np,
        stride_b: ceil4(C) * columns,
        stride_c: Np * columns,
      },
      batch: B,
      chunkFlop,
      queries: queriesT ? "cols" : "none",
    });
  };
  const gather = async (zT: GPUBuffer, out: GPUBuffer, C: number): Promise<Piece[]> => {
    const kernel = await gpu.kernels.bind(gatherQueries, {
      buffers: { zT, queries, counts, out },
      params: { channels: ceil4(C), tokens: Np, ld, q0, stride: room },
      grid: [groups(ld), ceil4(C), B],
    });
    return [fixed(kernel, B * ceil4(C) * ld)];
  };
  const lse = (R: GPUBuffer, out: GPUBuffer) =>
    elementwise(frames, (f0, grid) =>
      gpu.kernels.bind(frameLse, {
        buffers: { R, lse: out },
        params: { F, f0, S, Q: capacity, ld, tau: params.tau },
        grid,
      }),
    );

  const teacherSimilarity = [
    ...(block ? await gather(buffers.teacherT, block.teacherQ, Ct) : []),
    ...(await similarity(buffers.teacherT, block?.teacherQ, Rt, Ct)),
  ];
  const tempered: Piece[] = [];
  const margined: Piece[] = [];
  const retemper = loss === "tempered" ? await lse(Rt, buffers.lseTeacher) : [];
  const student: Piece[] = [
    ...(block ? await gather(buffers.zT, block.studentQ, Cs) : []),
    ...(await similarity(buffers.zT, block?.studentQ, Rs, Cs)),
  ];
  const backward: Piece[] = [];
  const statistics = { teacher_lse: buffers.lseTeacher, student_lse: buffers.lseStudent };
  if (loss === "tempered") {
    const studentLse = await lse(Rs, buffers.lseStudent);
    const kl = await elementwise(frames, (f0, grid) =>
      gpu.kernels.bind(temperedKl, {
        buffers: { teacher: Rt, student: Rs, ...statistics, kl: buffers.sums },
        params: { F, f0, S, Q: capacity, ld, tau: params.tau },
        grid,
      }),
    );
    const gradient = await elementwise(frames, (f0, grid) => {
      const scaled = { F, f0, S, tau: params.tau, scale: temperedScale(params.tau) };
      return symmetric
        ? gpu.kernels.bind(temperedKlBackwardSymmetric, {
            buffers: { teacher: Rt, student: Rs, ...statistics },
            params: scaled,
            grid,
          })
        : gpu.kernels.bind(temperedKlBackward, {
            buffers: { teacher: Rt, student: Rs, ...statistics, counts },
            params: { ...scaled, Q: capacity, ld, q0 },
            grid,
          });
    });
    student.push(...studentLse, ...kl);
    backward.push(...gradient);
    tempered.push(...retemper, ...studentLse, ...kl);
  } else {
    const sums = await elementwise(frames, (f0, grid) =>
      gpu.kernels.bind(relationDistillation, {
        buffers: { teacher: Rt, student: Rs, sums: buffers.sums },
        params: { F, f0, S, Q: capacity, ld, margin: params.margin },
        grid,
      }),
    );
    student.push(...sums);
    backward.push(
      ...(await elementwise({ ...frames, rows: N, values: 1 }, (j0, grid) =>
        gpu.kernels.bind(relationDistillationBackward, {
          buffers: { teacher: Rt, student: Rs },
          params: { keys: N, j0, Q: capacity, ld, margin: params.margin, scale: relationScale },
          grid,
        }),
      )),
    );
    margined.push(...sums, ...backward);
  }
  const perToken = await gpu.kernels.bind(querySums, {
    buffers: { sums: buffers.sums, queries, counts, per_token: buffers.perToken },
    params: { F, N, Q: capacity, ld, q0, stride: room, scale: loss === "tempered" ? 1 : 1 / N },
    grid: [groups(width), 1, B],
  });
  student.push({ ...fixed(perToken, B * F * width), resize: (Q) => perToken.setParams({ Q }) });

  // The gradient of the queries' own rows: dz_q = Gᵀ · z (or W · z, all of it, when symmetric).
  const toQueries = await bindProduct(gpu, {
    form: "tn",
    buffers: { A: Rs, B: buffers.z, C: block?.dzQ ?? buffers.dz },
    product: {
      rows: width,
      cols: Cs,
      depth: Np,
      lda: ld,
      ldb: Cs,
      ldc: Cs,
      stride_a: Np * ld,
      stride_b: Np * Cs,
      stride_c: ld * Cs,
    },
    batch: B,
    chunkFlop,
    queries: symmetric ? "none" : "rows",
  });
  const toKeys: Piece[] = [];
  if (block) {
    const shared = { C: Cs, tokens: Np, ld, q0, stride: room };
    const grid = [groups(Cs), ld, B] as const;
    const collect = await gpu.kernels.bind(gatherRows, {
      buffers: { z: buffers.z, queries, counts, out: block.zQ },
      params: shared,
      grid,
    });
    const scatter = await gpu.kernels.bind(scatterRows, {
      buffers: { rows: block.dzQ, queries, counts, dz: buffers.dz },
      params: shared,
      grid,
    });
    // … and of every key: dz += G · z_q.
    const keys = await bindProduct(gpu, {
      form: "nn-accumulate",
      buffers: { A: Rs, B: block.zQ, C: buffers.dz },
      product: {
        rows: N,
        cols: Cs,
        depth: ld,
        lda: ld,
        ldb: Cs,
        ldc: Cs,
        stride_a: Np * ld,
        stride_b: ld * Cs,
        stride_c: Np * Cs,
      },
      batch: B,
      chunkFlop,
      queries: "depth",
    });
    toKeys.push(fixed(scatter, B * ld * Cs), fixed(collect, B * ld * Cs), ...keys);
  }
  const all = [...new Set([...teacherSimilarity, ...retemper, ...student, ...backward, ...toQueries, ...toKeys])];
  let Q = capacity;

  return {
    teacher: () => operationsOf([...teacherSimilarity, ...retemper], Q),
    retemper: () => operationsOf(retemper, Q),
    student: () => operationsOf([...student, ...backward, ...toQueries, ...toKeys], Q),
    setParams({ tau, margin }) {
      for (const { kernel } of tempered) kernel.setParams({ tau });
      if (loss === "tempered") {
        for (const { kernel } of backward) kernel.setParams({ tau, scale: temperedScale(tau) });
      }
      for (const { kernel } of margined) kernel.setParams({ margin });
    },
    resize(M) {
      const next = Math.max(0, Math.min(width, M - q0));
      if (next === Q) return;
      Q = next;
      if (Q > 0 && !symmetric) for (const piece of all) piece.resize(Q);
    },
    destroy() {
      for (const { kernel } of all) kernel.destroy();
    },
  };
}

/** A small kernel over a whole block, whose grid stays: what it costs does not matter. */
const fixed = (kernel: Piece["kernel"], flop: number): Piece => ({ kernel, flop: () => flop, resize() {} });
