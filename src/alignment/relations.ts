import frameLse from "../../shaders/alignment/frame_lse.wgsl";
import gram from "../../shaders/alignment/gram.wgsl";
import gramBackward from "../../shaders/alignment/gram_backward.wgsl";
import relationDistillation from "../../shaders/alignment/relation_distillation.wgsl";
import relationDistillationBackward from "../../shaders/alignment/relation_distillation_backward.wgsl";
import temperedKl from "../../shaders/alignment/tempered_kl.wgsl";
import temperedKlBackward from "../../shaders/alignment/tempered_kl_backward.wgsl";
import temperedKlBackwardSymmetric from "../../shaders/alignment/tempered_kl_backward_symmetric.wgsl";
import type { Gpu } from "../gpu/gpu.ts";
import type { RelationName } from "../reference/index.ts";
import type { BlockBuffers } from "./loss_buffers.ts";
import type { LossShape } from "./loss_config.ts";
import type { LossParams } from "./losses.ts";
import { type ElementwiseSize, elementwise, type QuerySteps } from "./query_steps.ts";

/** How a block's two similarities become numbers per query and a gradient. */
export interface Relation {
  /** From the teacher's similarities to what is kept of them. */
  readonly teacher: readonly QuerySteps[];
  /** From both similarities to `sums`. */
  readonly forward: readonly QuerySteps[];
  /** Writes the gradient over the student's similarities. */
  readonly backward: readonly QuerySteps[];
  setParams(params: LossParams): void;
}

interface RelationContext {
  readonly gpu: Gpu;
  readonly buffers: BlockBuffers;
  readonly shape: LossShape;
  readonly params: LossParams;
  readonly frames: ElementwiseSize;
  /** Row stride of the similarities. */
  readonly ld: number;
  /** First query. */
  readonly q0: number;
  /** Every token is a query: the gradient is W = G + Gᵀ, whose rows and columns are both. */
  readonly symmetric: boolean;
}

/** KL of tempered distributions (docs/method.md eq. 8 to 10). */
async function bindTempered(context: RelationContext): Promise<Relation> {
  const { gpu, buffers, shape, params, frames, ld, q0, symmetric } = context;
  const { B, F, S } = shape;
  const { kernels } = gpu;
  const { Rt: teacher, Rs: student, lseTeacher, lseStudent, counts } = buffers;
  const sizes = { F, S, Q: frames.capacity, ld, tau: params.tau };
  const statistics = { teacher_lse: lseTeacher, student_lse: lseStudent };
  const scaleOf = (tau: number) => 1 / (F * tau * B * (symmetric ? F * S : 1));
  const lse = (R: GPUBuffer, out: GPUBuffer) =>
    elementwise(frames, (f0, grid) =>
      kernels.bind(frameLse, { buffers: { R, lse: out }, params: { ...sizes, f0 }, grid }),
    );
  const [teacherLse, studentLse] = [await lse(teacher, lseTeacher), await lse(student, lseStudent)];
  const kl = await elementwise(frames, (f0, grid) => {
    const bound = { teacher, student, ...statistics, kl: buffers.sums };
    return kernels.bind(temperedKl, { buffers: bound, params: { ...sizes, f0 }, grid });
  });
  const gradient = await elementwise<"tau" | "scale">(frames, (f0, grid) => {
    const bound = { teacher, student, ...statistics };
    const scaled = { F, f0, S, tau: params.tau, scale: scaleOf(params.tau) };
    return symmetric
      ? kernels.bind(temperedKlBackwardSymmetric, { buffers: bound, params: scaled, grid })
      : kernels.bind(temperedKlBackward, {
          buffers: { ...bound, counts },
          params: { ...scaled, Q: frames.capacity, ld, q0 },
          grid,
        });
  });
  return {
    teacher: [teacherLse],
    forward: [studentLse, kl],
    backward: [gradient],
    setParams({ tau }) {
      for (const { kernels } of [teacherLse, studentLse, kl]) for (const kernel of kernels) kernel.setParams({ tau });
      for (const kernel of gradient.kernels) kernel.setParams({ tau, scale: scaleOf(tau) });
    },
  };
}

/** Token relation distillation (docs/method.md section 4). */
async function bindDistillation(context: RelationContext): Promise<Relation> {
  const { gpu, buffers, shape, params, frames, ld, symmetric } = context;
  const { B, F, S } = shape;
  const N = F * S;
  const { Rt: teacher, Rs: student } = buffers;
  const sizes = { Q: frames.capacity, ld, margin: params.margin };
  const sums = await elementwise(frames, (f0, grid) =>
    gpu.kernels.bind(relationDistillation, {
      buffers: { teacher, student, sums: buffers.sums },
      params: { ...sizes, F, f0, S },
      grid,
    }),
  );
  const scale = (symmetric ? 2 : 1) / (N * N * B);
  const gradient = await elementwise({ ...frames, rows: N, values: 1 }, (j0, grid) =>
    gpu.kernels.bind(relationDistillationBackward, {
      buffers: { teacher, student },
      params: { ...sizes, keys: N, j0, scale },
      grid,
    }),
  );
  return {
    teacher: [],
    forward: [sums],
    backward: [gradient],
    setParams({ margin }) {
      for (const { kernels } of [sums, gradient]) for (const kernel of kernels) kernel.setParams({ margin });
    },
  };
}

/** Gram anchoring (docs/method.md section 4). */
async function bindSquares(context: RelationContext): Promise<Relation> {
  const { gpu, buffers, shape, frames, ld, symmetric } = context;
  const { B, F, S } = shape;
  const N = F * S;
  const { Rt: teacher, Rs: student } = buffers;
  const sizes = { Q: frames.capacity, ld };
  const sums = await elementwise(frames, (f0, grid) =>
    gpu.kernels.bind(gram, {
      buffers: { teacher, student, sums: buffers.sums },
      params: { ...sizes, F, f0, S },
      grid,
    }),
  );
  const scale = (symmetric ? 2 : 1) / (N * N * B);
  const gradient = await elementwise({ ...frames, rows: N, values: 1 }, (j0, grid) =>
    gpu.kernels.bind(gramBackward, {
      buffers: { teacher, student },
      params: { ...sizes, keys: N, j0, scale },
      grid,
    }),
  );
  return { teacher: [], forward: [sums], backward: [gradient], setParams() {} };
}

/** How each relation is computed on the GPU; their float64 twins are RELATIONS of src/reference/relations.ts. */
export const BIND_RELATION: Readonly<Record<RelationName, (context: RelationContext) => Promise<Relation>>> = {
  tempered: bindTempered,
  distillation: bindDistillation,
  squares: bindSquares,
};
