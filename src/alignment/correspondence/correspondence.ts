import type { Grid, TokenRef } from "../types.ts";

/** What a clip's features say about some of its tokens. Q queries, T temperatures; letters as in docs/method.md. */
export interface Correspondences {
  /** Cosines, [Q, N]. */
  readonly similarity: Float32Array<ArrayBuffer>;
  /** One per τ: tempered distributions, [Q, N]; each frame's S values sum to 1. */
  readonly probabilities: readonly Float32Array<ArrayBuffer>[];
  /** One per τ: [Q, F]. */
  readonly entropyBits: readonly Float32Array<ArrayBuffer>[];
  /** `readbackMs` starts when the kernels are done; on the CPU there is none. */
  readonly timings: { readonly kernelsMs: number; readonly readbackMs: number };
}

export interface Motion {
  /** The most that a frame keeps. */
  readonly keptPerFrame: number;
  /** [F, S], in the unit of the pixels. */
  readonly saliency: Float32Array<ArrayBuffer>;
  /** [F, S], 1 where a token is kept. */
  readonly mask: Uint8Array<ArrayBuffer>;
}

/** Pixels of every token, Y [F, S, D]. */
export interface TokenPixels {
  readonly F: number;
  readonly S: number;
  readonly D: number;
}

/**
 * One clip's features and what is asked of them: normalise → similarity → tempered softmax per frame → entropy, and the
 * motion mask. Two implementations with the same answers: our kernels, and their float64 twins where there is no GPU.
 * Calls must not overlap: the GPU one has a single set of result buffers.
 */
export interface CorrespondenceEngine {
  readonly backend: "webgpu" | "cpu";
  /** The grid of the features, null before the first. */
  readonly grid: Grid | null;
  /**
   * Takes raw features [F, H, W, C] and forgets those before them. A GPU buffer becomes the engine's own: it destroys it.
   * @throws RangeError when the length does not fit the grid; GpuError "out-of-memory" | "limits"
   */
  setFeatures(features: Float32Array | GPUBuffer, grid: Grid): Promise<void>;
  /** Takes the pixels Y [F, S, D] for the motion mask; only the saliency is kept. */
  setPixels(Y: Float32Array, shape: TokenPixels): Promise<void>;
  /** The correspondences of `queries` (Q ≥ 1) at `taus`. Callers check both against the grid. */
  query(queries: readonly TokenRef[], taus: readonly number[]): Promise<Correspondences>;
  /**
   * Where many queries went, without their distributions: one [Q·F, 3] per τ (at least one) of expected row, expected
   * column and the index of the best match.
   */
  positions(queries: readonly TokenRef[], taus: readonly number[]): Promise<readonly Float32Array[]>;
  /** The motion mask at ρ in (0, 1]; `setPixels` comes first. */
  mask(rho: number): Promise<Motion>;
  /** The raw features [F, H, W, C] as they were given. */
  readFeatures(): Promise<Float32Array<ArrayBuffer>>;
  destroy(): void;
}
