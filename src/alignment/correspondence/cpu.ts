import * as reference from "../../reference/index.ts";
import { softMatch } from "../../reference/soft_match.ts";
import { checkFeatureLength, required, tokenCount, tokenIndices } from "../token_index.ts";
import type { Grid, TokenRef } from "../types.ts";
import type { CorrespondenceEngine, Correspondences, Motion, TokenPixels } from "./correspondence.ts";

/** The engine on the float64 twins: slower, and the page says so, but nobody meets a dead page. */
export class CpuCorrespondence implements CorrespondenceEngine {
  readonly backend = "cpu";
  #features: { grid: Grid; raw: Float32Array<ArrayBuffer>; z: Float64Array } | null = null;
  #motion: { saliency: Float64Array; shape: TokenPixels } | null = null;

  get grid(): Grid | null {
    return this.#features?.grid ?? null;
  }

  async setFeatures(features: Float32Array | GPUBuffer, grid: Grid): Promise<void> {
    if (!(features instanceof Float32Array)) throw new TypeError("the CPU engine takes features as a Float32Array");
    checkFeatureLength(features.length, grid);
    const { z } = reference.l2Normalize(features, tokenCount(grid), grid.C);
    this.#features = { grid, raw: features.slice(), z };
    this.#motion = null;
  }

  async setPixels(Y: Float32Array, shape: TokenPixels): Promise<void> {
    this.#motion = { saliency: reference.motionSaliency(Y, shape.F, shape.S, shape.D), shape };
  }

  async query(queries: readonly TokenRef[], taus: readonly number[]): Promise<Correspondences> {
    const start = performance.now();
    const { grid, z } = required(this.#features, "features");
    const rows = queries.length * grid.F;
    const cols = grid.H * grid.W;
    const R = reference.similarity(z, tokenIndices(queries, grid), tokenCount(grid), grid.C);
    const probabilities = taus.map((tau) => reference.frameSoftmax(R, rows, cols, tau));
    const entropyBits = probabilities.map((probs) => reference.frameEntropy(probs, rows, cols));
    return {
      similarity: Float32Array.from(R),
      probabilities: probabilities.map((probs) => Float32Array.from(probs)),
      entropyBits: entropyBits.map((bits) => Float32Array.from(bits)),
      timings: { kernelsMs: performance.now() - start, readbackMs: 0 },
    };
  }

  async positions(queries: readonly TokenRef[], taus: readonly number[]): Promise<readonly Float32Array[]> {
    const { grid, z } = required(this.#features, "features");
    const { F, H, W, C } = grid;
    const R = reference.similarity(z, tokenIndices(queries, grid), tokenCount(grid), C);
    const shape = { rows: queries.length * F, cols: H * W, W };
    return taus.map((tau) => Float32Array.from(softMatch(R, { ...shape, tau })));
  }

  async mask(rho: number): Promise<Motion> {
    const { saliency, shape } = required(this.#motion, "pixels");
    const keptPerFrame = reference.keptPerFrame(rho, shape.F, shape.S);
    return {
      keptPerFrame,
      saliency: Float32Array.from(saliency),
      mask: Uint8Array.from(reference.topMask(saliency, shape.F, shape.S, keptPerFrame)),
    };
  }

  async readFeatures(): Promise<Float32Array<ArrayBuffer>> {
    return required(this.#features, "features").raw.slice();
  }

  destroy(): void {
    this.#features = null;
    this.#motion = null;
  }
}
