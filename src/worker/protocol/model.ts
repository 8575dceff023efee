/** The part of the protocol that takes models which the user brings as encoders. Letters as in docs/method.md. */
import type { ModelId, ModelSpec } from "../../encoders/own_model.ts";

export type { ModelId, ModelSpec };

/** Takes an .onnx file, and beside it those that hold its weights where they are in files of their own. Nothing is run yet. */
export interface BringModelRequest {
  readonly type: "bring-model";
  readonly files: readonly File[];
}

/** What a model's file says of itself, and a guess at the rest. */
export interface BroughtModel {
  readonly hash: string;
  readonly name: string;
  /** Names of the other files that were taken with it: those of its weights. */
  readonly weights: readonly string[];
  /** Of all its files. */
  readonly bytes: number;
  readonly guess: ModelSpec;
  /** What the file itself fixes. */
  readonly fixed: { readonly frames: boolean; readonly size: boolean };
  /** The input as the file has it: "pixel_values [1, 3, ?, ?]". */
  readonly input: string;
  readonly outputs: readonly string[];
}

/** Runs a model once, on the first frames of the open clip, or on grey where none is open. */
export interface TryModelRequest {
  readonly type: "try-model";
  readonly hash: string;
  readonly name: string;
  readonly spec: ModelSpec;
}

export interface TriedModel {
  /** Of its output. */
  readonly shape: readonly number[];
  /** The encoder that it is by this spec; null where its output is not as the spec has it. */
  readonly id: ModelId | null;
  readonly grid: { readonly H: number; readonly W: number; readonly C: number } | null;
  /** Why not, in a sentence, and what would fit. */
  readonly problem: string | null;
  readonly fit: Pick<ModelSpec, "patch" | "tubelet" | "skip"> | null;
  readonly provider: "wasm" | "webgpu";
  /** With the start of the runtime, the first time. */
  readonly ms: number;
}

/** Keeps a model in the browser's storage for later visits, or deletes it there. */
export interface KeepModelRequest {
  readonly type: "keep-model";
  readonly id: ModelId;
  readonly keep: boolean;
}

/** The models that the browser's storage holds. */
export interface KeptModelsRequest {
  readonly type: "kept-models";
}

export interface KeptModel {
  readonly id: ModelId;
  readonly bytes: number;
}

export type ModelRequest = BringModelRequest | TryModelRequest | KeepModelRequest | KeptModelsRequest;

export interface ModelReplies {
  "bring-model": BroughtModel;
  "try-model": TriedModel;
  "keep-model": readonly KeptModel[];
  "kept-models": readonly KeptModel[];
}
