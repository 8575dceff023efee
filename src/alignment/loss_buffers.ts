import type { Gpu } from "../gpu/gpu.ts";
import { ceil4 } from "../kernels/product.ts";
import type { LossConfig } from "./loss_config.ts";
import type { LossPlan } from "./loss_plan.ts";

/** Where normalize_tokens writes one side; a layout that is not wanted is a buffer of 4 bytes. */
interface Side {
  readonly z: GPUBuffer;
  readonly zT: GPUBuffer;
  readonly norms: GPUBuffer;
}

/** The buffers that blocks work in; they share them, because they run one after the other. */
export interface BlockBuffers {
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
  readonly ofQueries?: {
    readonly teacherQ: GPUBuffer;
    readonly studentQ: GPUBuffer;
    readonly zQ: GPUBuffer;
    readonly dzQ: GPUBuffer;
  };
}

/** Everything one loss holds. */
export interface LossBuffers {
  readonly loss: GPUBuffer;
  readonly perToken: GPUBuffer;
  readonly dStudent: GPUBuffer;
  readonly teacherSide: Side;
  readonly studentSide: Side;
  readonly dz: GPUBuffer;
  readonly queries: GPUBuffer;
  readonly counts: GPUBuffer;
  /** Not of a loss that compares token with token. */
  readonly block?: BlockBuffers;
}

/** Allocates the buffers of a plan in the scope that `gpu` is. WebGPU hands them out zeroed, which the padding of the products relies on. */
export function createLossBuffers({ buffers }: Gpu, { kind, shape }: LossConfig, plan: LossPlan): LossBuffers {
  const { B, F, S, Ct, Cs } = shape;
  const N = F * S;
  const Np = ceil4(N);
  const make = (label: string, values: number) => buffers.create(`${kind} ${label}`, 4 * values);
  const tokens = plan.layout === "tokens";
  const outputs = {
    loss: make("loss", 1),
    perToken: make("per token", B * N),
    dStudent: make("dStudent", B * N * Cs),
  };
  const teacherSide = {
    z: make("teacher z", tokens ? B * Np * Ct : 1),
    zT: make("teacher zT", tokens ? 1 : B * ceil4(Ct) * Np),
    norms: make("teacher norms", B * Np),
  };
  const studentSide = {
    z: make("student z", B * Np * Cs),
    zT: make("student zT", tokens ? 1 : B * ceil4(Cs) * Np),
    norms: make("student norms", B * Np),
  };
  const queries = make("queries", B * plan.room);
  const counts = make("counts", B);
  const dz = make("dz", tokens ? 1 : B * Np * Cs);
  const common = { ...outputs, teacherSide, studentSide, dz, queries, counts };
  if (tokens) return common;

  const ld = plan.layout === "symmetric" ? Np : ceil4(plan.width);
  const ofQueries =
    plan.layout === "blocks"
      ? {
          teacherQ: make("teacher queries", B * ceil4(Ct) * ld),
          studentQ: make("student queries", B * ceil4(Cs) * ld),
          zQ: make("z of queries", B * ld * Cs),
          dzQ: make("dz of queries", B * ld * Cs),
        }
      : undefined;
  const block = {
    teacherT: teacherSide.zT,
    z: studentSide.z,
    zT: studentSide.zT,
    dz,
    queries,
    counts,
    perToken: outputs.perToken,
    Rt: make("teacher R", B * Np * ld),
    Rs: make("student R", B * Np * ld),
    lseTeacher: make("teacher lse", B * F * ld),
    lseStudent: make("student lse", B * F * ld),
    sums: make("sums", B * F * ld),
    ...(ofQueries ? { ofQueries } : {}),
  };
  return { ...common, block };
}
