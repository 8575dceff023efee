import similarity from "../../shaders/alignment/similarity.wgsl";
import softMatch from "../../shaders/alignment/soft_match.wgsl";
import { type Gpu, openScope } from "../gpu/gpu.ts";
import type { BoundKernel } from "../gpu/kernels.ts";
import type { PlanOptions } from "./query_plan.ts";
import { tokenCount } from "./token_index.ts";

type Matching = { readonly matches: GPUBuffer; readonly kernel: BoundKernel<"rows" | "cols" | "W" | "tau"> };

interface PlanParts {
  readonly rows: GPUBuffer;
  readonly R: GPUBuffer;
  readonly cosines: BoundKernel<"Q" | "N" | "C">;
  readonly tempered: readonly Matching[];
}

/** The kernels that find the positions of many queries at once; like `QueryPlan`, but only three numbers a row come back. */
export class PositionPlan {
  private constructor(
    readonly gpu: Gpu,
    readonly options: PlanOptions,
    readonly parts: PlanParts,
  ) {}

  /** @throws GpuError with one sentence; nothing stays allocated then */
  static async create(gpu: Gpu, options: PlanOptions): Promise<PositionPlan> {
    const scope = openScope(gpu);
    try {
      return new PositionPlan(scope, options, await createParts(scope, options));
    } catch (error) {
      scope.destroy();
      throw error;
    }
  }

  fits(Q: number, T: number): boolean {
    return Q <= this.options.capacity && T === this.options.T;
  }

  /** @returns one [Q·F, 3] per τ, as `soft_match.wgsl` lays them out */
  async run(tokens: Uint32Array<ArrayBuffer>, taus: readonly number[]): Promise<Float32Array[]> {
    const { device, readback } = this.gpu;
    const { grid } = this.options;
    const { rows, cosines, tempered } = this.parts;
    const Q = tokens.length;
    device.queue.writeBuffer(rows, 0, tokens);
    cosines.setParams({ Q });
    cosines.setGrid([Math.ceil(tokenCount(grid) / similarity.constants.WORKGROUP), Q]);
    const encoder = device.createCommandEncoder({ label: "positions" });
    const pass = encoder.beginComputePass({ label: "positions" });
    cosines.record(pass);
    for (const [t, { kernel }] of tempered.entries()) {
      kernel.setParams({ rows: Q * grid.F, tau: taus[t] });
      kernel.record(pass);
    }
    pass.end();
    device.queue.submit([encoder.finish()]);
    return readback.readAll(tempered.map(({ matches }) => ({ buffer: matches, bytes: Q * grid.F * 12 })));
  }

  destroy(): void {
    this.gpu.destroy();
  }
}

async function createParts({ buffers, kernels }: Gpu, options: PlanOptions): Promise<PlanParts> {
  const { grid, capacity, T, z } = options;
  const N = tokenCount(grid);
  const rowsOfFrames = capacity * grid.F;
  const rows = buffers.create("position tokens", capacity * 4);
  const R = buffers.create("position similarity", capacity * N * 4);
  const cosines = await kernels.bind(similarity, {
    buffers: { z, rows, R },
    params: { Q: capacity, N, C: grid.C },
    grid: [Math.ceil(N / similarity.constants.WORKGROUP), capacity],
  });
  const tempered: Matching[] = [];
  for (let t = 0; t < T; t++) {
    const matches = buffers.create(`positions ${t}`, rowsOfFrames * 12);
    const kernel = await kernels.bind(softMatch, {
      buffers: { logits: R, matches },
      params: { rows: rowsOfFrames, cols: grid.H * grid.W, W: grid.W, tau: 1 },
      grid: [Math.ceil(rowsOfFrames / softMatch.constants.WORKGROUP)],
    });
    tempered.push({ matches, kernel });
  }
  return { rows, R, cosines, tempered };
}
