import l2Normalize from "../../../shaders/alignment/l2_normalize.wgsl";
import motionSaliency from "../../../shaders/alignment/motion_saliency.wgsl";
import topMask from "../../../shaders/alignment/top_mask.wgsl";
import { type Gpu, guarded, openScope } from "../../gpu/gpu.ts";
import { type BoundKernel, foldRows } from "../../gpu/kernels.ts";
import { keptPerFrame } from "../../reference/index.ts";
import { PositionPlan } from "../position_plan.ts";
import { QueryPlan } from "../query_plan.ts";
import { checkFeatureLength, required, tokenCount, tokenIndices } from "../token_index.ts";
import type { Grid, TokenRef } from "../types.ts";
import type { CorrespondenceEngine, Correspondences, Motion, TokenPixels } from "./correspondence.ts";

/** As in docs/method.md section 2, and the default of the float64 twin. */
const EPS = 1e-6;

/** One for the queries the user moves and one for those of before, so that going back and forth rebinds nothing. */
const MAX_PLANS = 2;

interface MotionState {
  /** Holds what is of the motion, and nothing else. */
  readonly scope: Gpu;
  readonly shape: TokenPixels;
  readonly saliency: GPUBuffer;
  readonly mask: GPUBuffer;
  readonly top: BoundKernel<"F" | "S" | "k">;
}

/** The engine on our kernels. */
export class GpuCorrespondence implements CorrespondenceEngine {
  readonly backend = "webgpu";
  readonly #gpu: Gpu;
  #features: { grid: Grid; y: GPUBuffer; z: GPUBuffer } | null = null;
  #motion: MotionState | null = null;
  /** Least recently used first. */
  #plans: QueryPlan[] = [];
  #positions: PositionPlan | null = null;

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
  }

  get grid(): Grid | null {
    return this.#features?.grid ?? null;
  }

  async setFeatures(features: Float32Array | GPUBuffer, grid: Grid): Promise<void> {
    const { buffers, kernels, device } = this.#gpu;
    this.destroy();
    const N = tokenCount(grid);
    const bytes = N * grid.C * 4;
    await guarded(device, `features of ${N} tokens`, async () => {
      const owned: GPUBuffer[] = features instanceof Float32Array ? [] : [features];
      const own = (buffer: GPUBuffer) => {
        owned.push(buffer);
        return buffer;
      };
      try {
        if (features instanceof Float32Array) checkFeatureLength(features.length, grid);
        const y = features instanceof Float32Array ? own(buffers.upload("features", features)) : features;
        const z = own(buffers.create("features, unit rows", bytes));
        const norms = own(buffers.create("feature norms", N * 4));
        const params = { N, C: grid.C, eps: EPS };
        const normalize = await kernels.bind(l2Normalize, { buffers: { y, z, norms }, params, grid: foldRows(N) });
        this.#run([normalize]);
        // Explore never goes backward, so nobody reads the norms.
        buffers.destroy(norms);
        normalize.destroy();
        this.#features = { grid, y, z };
      } catch (error) {
        for (const buffer of owned) buffers.destroy(buffer);
        throw error;
      }
    }).catch((error: unknown) => {
      this.destroy();
      throw error;
    });
  }

  async setPixels(Y: Float32Array, shape: TokenPixels): Promise<void> {
    const { F, S, D } = shape;
    this.#destroyMotion();
    const scope = openScope(this.#gpu);
    const { buffers, kernels, device } = scope;
    try {
      this.#motion = await guarded(device, `pixels of ${F * S} tokens`, async () => {
        const saliency = buffers.create("saliency", F * S * 4);
        const mask = buffers.create("motion mask", F * S * 4);
        const pixels = buffers.upload("token pixels", Y);
        const bound = await kernels.bind(motionSaliency, {
          buffers: { Y: pixels, saliency },
          params: { F, S, D },
          grid: foldRows(F * S),
        });
        const top = await kernels.bind(topMask, {
          buffers: { saliency, mask },
          params: { F, S, k: 1 },
          grid: [Math.ceil((F * S) / topMask.constants.WORKGROUP)],
        });
        this.#run([bound]);
        bound.destroy();
        // By far the largest buffer of a clip, and one number a token is all that is wanted of it.
        buffers.destroy(pixels);
        return { scope, shape, saliency, mask, top };
      });
    } catch (error) {
      scope.destroy();
      throw error;
    }
  }

  async query(queries: readonly TokenRef[], taus: readonly number[]): Promise<Correspondences> {
    const { grid } = required(this.#features, "features");
    const rows = tokenIndices(queries, grid);
    const plan = await this.#planFor(queries.length, taus.length);
    try {
      return await plan.run(rows, taus);
    } catch (error) {
      // What could not be read may never be again: the next query makes a plan anew.
      plan.destroy();
      this.#plans = this.#plans.filter((other) => other !== plan);
      throw error;
    }
  }

  async positions(queries: readonly TokenRef[], taus: readonly number[]): Promise<readonly Float32Array[]> {
    const { grid, z } = required(this.#features, "features");
    const [Q, T] = [queries.length, taus.length];
    if (!this.#positions?.fits(Q, T)) {
      this.#positions?.destroy();
      this.#positions = null;
      const options = { z, grid, capacity: 2 ** Math.ceil(Math.log2(Q)), T };
      const what = `positions of ${Q} tokens`;
      this.#positions = await this.#made(what, () => PositionPlan.create(this.#gpu, options));
    }
    return this.#positions.run(tokenIndices(queries, grid), taus);
  }

  async mask(rho: number): Promise<Motion> {
    const { shape, saliency, mask, top } = required(this.#motion, "pixels");
    const kept = keptPerFrame(rho, shape.F, shape.S);
    const bytes = shape.F * shape.S * 4;
    top.setParams({ k: kept });
    this.#run([top]);
    const [values, bits] = await this.#gpu.readback.readAll([
      { buffer: saliency, bytes },
      { buffer: mask, bytes },
    ]);
    // The readback hands out float32 views of raw bits; the mask's are u32.
    const words = new Uint32Array(bits.buffer, bits.byteOffset, bits.length);
    return { keptPerFrame: kept, saliency: values, mask: Uint8Array.from(words) };
  }

  async readFeatures(): Promise<Float32Array<ArrayBuffer>> {
    const { grid, y } = required(this.#features, "features");
    const { readback } = this.#gpu;
    const data = await readback.read(y, tokenCount(grid) * grid.C * 4);
    // The staging buffer has grown to the size of the features, which only an export needs.
    readback.destroy();
    return data;
  }

  destroy(): void {
    const { buffers } = this.#gpu;
    for (const plan of this.#plans) plan.destroy();
    this.#plans = [];
    this.#positions?.destroy();
    this.#positions = null;
    this.#destroyMotion();
    if (this.#features) {
      buffers.destroy(this.#features.y);
      buffers.destroy(this.#features.z);
    }
    this.#features = null;
  }

  #destroyMotion(): void {
    this.#motion?.scope.destroy();
    this.#motion = null;
  }

  async #planFor(Q: number, T: number): Promise<QueryPlan> {
    const { grid, z } = required(this.#features, "features");
    let plan = this.#plans.find((known) => known.fits(Q, T));
    if (!plan) {
      // Room in powers of two: adding a query rebinds only now and then.
      const capacity = 2 ** Math.ceil(Math.log2(Q));
      const what = `${capacity} queries at ${T} temperatures`;
      plan = await this.#made(what, () => QueryPlan.create(this.#gpu, { z, grid, capacity, T }));
    }
    const kept = [...this.#plans.filter((other) => other !== plan), plan];
    for (const unused of kept.slice(0, -MAX_PLANS)) unused.destroy();
    this.#plans = kept.slice(-MAX_PLANS);
    return plan;
  }

  /** Makes a plan under a guard, which may find the memory gone when all is made: then the plan goes, too. */
  async #made<P extends { destroy(): void }>(what: string, create: () => Promise<P>): Promise<P> {
    let plan: P | undefined;
    try {
      return await guarded(this.#gpu.device, what, async () => {
        plan = await create();
        return plan;
      });
    } catch (error) {
      plan?.destroy();
      throw error;
    }
  }

  #run(kernels: readonly BoundKernel[]): void {
    const { device } = this.#gpu;
    const encoder = device.createCommandEncoder({ label: "correspondence" });
    const pass = encoder.beginComputePass();
    for (const kernel of kernels) kernel.record(pass);
    pass.end();
    device.queue.submit([encoder.finish()]);
  }
}
