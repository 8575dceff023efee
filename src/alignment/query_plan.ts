import frameEntropy from "../../shaders/alignment/frame_entropy.wgsl";
import frameSoftmax from "../../shaders/alignment/frame_softmax.wgsl";
import similarity from "../../shaders/alignment/similarity.wgsl";
import { type Gpu, openScope } from "../gpu/gpu.ts";
import { type BoundKernel, foldRows } from "../gpu/kernels.ts";
import type { Correspondences } from "./correspondence/correspondence.ts";
import { tokenCount } from "./token_index.ts";
import type { Grid } from "./types.ts";

export interface PlanOptions {
  /** Unit rows [N, C], owned by the caller. */
  readonly z: GPUBuffer;
  readonly grid: Grid;
  /** Most queries of one run. */
  readonly capacity: number;
  /** Number of temperatures. */
  readonly T: number;
}

interface Tempered {
  readonly probs: GPUBuffer;
  readonly entropy: GPUBuffer;
  readonly softmax: BoundKernel<"rows" | "cols" | "tau">;
  readonly bits: BoundKernel<"rows" | "cols">;
}

interface PlanParts {
  readonly rows: GPUBuffer;
  readonly R: GPUBuffer;
  readonly staging: GPUBuffer;
  readonly cosines: BoundKernel<"Q" | "N" | "C">;
  readonly tempered: readonly Tempered[];
}

/**
 * The kernels of a query, bound once for a grid, a capacity and a number of temperatures. A run writes parameters,
 * records again and copies its results into one staging buffer, all in one submit: moving a query allocates nothing on
 * the GPU. Runs must not overlap, because a staging buffer is mapped by one reader at a time.
 */
export class QueryPlan {
  readonly #gpu: Gpu;
  readonly #options: PlanOptions;
  readonly #parts: PlanParts;

  /** @throws GpuError with one sentence; nothing stays allocated then */
  static async create(gpu: Gpu, options: PlanOptions): Promise<QueryPlan> {
    const scope = openScope(gpu);
    try {
      return new QueryPlan(scope, options, await createParts(scope, options));
    } catch (error) {
      scope.destroy();
      throw error;
    }
  }

  private constructor(gpu: Gpu, options: PlanOptions, parts: PlanParts) {
    this.#gpu = gpu;
    this.#options = options;
    this.#parts = parts;
  }

  /** Whether this plan can run Q queries at T temperatures; unused room costs nothing but memory. */
  fits(Q: number, T: number): boolean {
    return Q <= this.#options.capacity && T === this.#options.T;
  }

  /** @param rows [Q] token indices, Q ≤ capacity; @param taus [T] */
  async run(rows: Uint32Array<ArrayBuffer>, taus: readonly number[]): Promise<Correspondences> {
    const start = performance.now();
    const { device } = this.#gpu;
    const { grid } = this.#options;
    const { cosines, tempered, staging, R } = this.#parts;
    const N = tokenCount(grid);
    const Q = rows.length;
    this.#setSizes(Q, taus);
    device.queue.writeBuffer(this.#parts.rows, 0, rows);

    const encoder = device.createCommandEncoder({ label: "query" });
    const pass = encoder.beginComputePass({ label: "query" });
    cosines.record(pass);
    for (const { softmax } of tempered) softmax.record(pass);
    for (const { bits } of tempered) bits.record(pass);
    pass.end();
    const parts = [
      { buffer: R, length: Q * N },
      ...tempered.map(({ probs }) => ({ buffer: probs, length: Q * N })),
      ...tempered.map(({ entropy }) => ({ buffer: entropy, length: Q * grid.F })),
    ];
    const offsets: number[] = [];
    let total = 0;
    for (const { buffer, length } of parts) {
      encoder.copyBufferToBuffer(buffer, 0, staging, total, length * 4);
      offsets.push(total);
      total += length * 4;
    }
    device.queue.submit([encoder.finish()]);
    // Asked for together, so that knowing when the kernels were done costs no extra round trip.
    const mapped = staging.mapAsync(GPUMapMode.READ, 0, total);
    await Promise.race([device.queue.onSubmittedWorkDone(), mapped]);
    const kernelsDone = performance.now();
    await mapped;
    let copy: ArrayBuffer;
    try {
      copy = staging.getMappedRange(0, total).slice(0);
    } finally {
      // Also where there is no memory for the copy: what stays mapped can take no other query.
      staging.unmap();
    }

    const arrays = parts.map(({ length }, i) => new Float32Array(copy, offsets[i], length));
    const T = taus.length;
    return {
      similarity: arrays[0],
      probabilities: arrays.slice(1, 1 + T),
      entropyBits: arrays.slice(1 + T),
      timings: { kernelsMs: kernelsDone - start, readbackMs: performance.now() - kernelsDone },
    };
  }

  destroy(): void {
    this.#gpu.destroy();
  }

  #setSizes(Q: number, taus: readonly number[]): void {
    const { grid } = this.#options;
    const { cosines, tempered } = this.#parts;
    const rows = Q * grid.F;
    cosines.setParams({ Q });
    cosines.setGrid([Math.ceil(tokenCount(grid) / similarity.constants.WORKGROUP), Q]);
    for (const [t, { softmax, bits }] of tempered.entries()) {
      softmax.setParams({ rows, tau: taus[t] });
      softmax.setGrid(foldRows(rows));
      bits.setParams({ rows });
      bits.setGrid(foldRows(rows));
    }
  }
}

async function createParts({ buffers, kernels }: Gpu, options: PlanOptions): Promise<PlanParts> {
  const { grid, capacity, T, z } = options;
  const N = tokenCount(grid);
  const rowsOfFrames = capacity * grid.F;
  const S = grid.H * grid.W;
  const rows = buffers.create("query tokens", capacity * 4);
  const R = buffers.create("query similarity", capacity * N * 4);
  const bytes = 4 * capacity * (N + T * (N + grid.F));
  const staging = buffers.create("query staging", bytes, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
  const cosines = await kernels.bind(similarity, {
    buffers: { z, rows, R },
    params: { Q: capacity, N, C: grid.C },
    grid: [Math.ceil(N / similarity.constants.WORKGROUP), capacity],
  });
  const tempered: Tempered[] = [];
  for (let t = 0; t < T; t++) {
    const probs = buffers.create(`query probabilities ${t}`, capacity * N * 4);
    const entropy = buffers.create(`query entropy ${t}`, rowsOfFrames * 4);
    const shared = { rows: rowsOfFrames, cols: S };
    const softmax = await kernels.bind(frameSoftmax, {
      buffers: { logits: R, probs },
      params: { ...shared, tau: 1 },
      grid: foldRows(rowsOfFrames),
    });
    const bits = await kernels.bind(frameEntropy, {
      buffers: { probs, entropy },
      params: shared,
      grid: foldRows(rowsOfFrames),
    });
    tempered.push({ probs, entropy, softmax, bits });
  }
  return { rows, R, staging, cosines, tempered };
}
