/** The generator's part of the protocol: our student makes a clip of a sentence, and the law judge looks at it. */
import manifest from "../../../models/manifest.json";
import { ENCODERS } from "../../encoders/input.ts";
import type { GeneratedSource, Judged } from "./sandbox.ts";

/** What the generator's files weigh together, in bytes: they are loaded when it is first used. */
export const GENERATOR_BYTES = weightOf(({ kind }) => kind === "generator");

/** What the video autoencoder's files weigh: a training in the page needs both sides of it. */
export const AUTOENCODER_BYTES = weightOf(({ id }) => id.startsWith("autoencoder-"));

function weightOf(chosen: (model: { readonly id: string; readonly kind: string }) => boolean): number {
  return manifest.models.reduce((sum, model) => sum + (chosen(model) ? model.bytes : 0), 0);
}

/** Frames that share one token in time: as many are given where the first are. */
export const GIVEN_FRAMES = ENCODERS.cogvideox.fixed.tubelet;

/** How many steps and how much guidance the user may ask for. */
export const GENERATE_LIMITS = { steps: [1, 100], guidance: [0, 10] } as const;

/**
 * Makes a clip by our student, judges it, and makes and judges the simulator's clip of the same sentence and seed. The newest
 * wins; a `judge` or a `generate-stop` stops it between two steps. Loads the models where they are not loaded yet.
 */
export interface GenerateRequest extends Omit<GeneratedSource, "kind" | "model"> {
  readonly type: "generate";
  /** A student that the user trained, in the place of the shipped one: its name, and a safetensors file with its tensors. */
  readonly trained?: { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> };
}

/** Stops a `generate`, which is then answered as superseded. */
export interface GenerateStopRequest {
  readonly type: "generate-stop";
}

export interface Generated {
  /** The student's clip; its source is of kind "student". */
  readonly made: Judged;
  /** The simulator's clip of the same sentence and seed. */
  readonly simulated: Judged;
  /** Where the models ran; a student of the user's own runs on our kernels. */
  readonly provider: "wasm" | "webgpu";
  /** From noise to frames, without the loading of models. */
  readonly generateMs: number;
}

/** How far a `generate` is. */
export interface GenerateProgress {
  readonly type: "generate-progress";
  /** Unit of done and total by stage: bytes, none, steps, none. */
  readonly stage: "downloading" | "starting-model" | "denoising" | "decoding";
  readonly done: number;
  readonly total: number;
}

/** The clip as the student guesses it in the middle of its steps. */
export interface GeneratePreview {
  readonly type: "generate-preview";
  /** Steps. */
  readonly done: number;
  readonly total: number;
  /** U8 [16, 64, 64, 3] */
  readonly frames: Uint8Array<ArrayBuffer>;
}

export type GeneratorRequest = GenerateRequest | GenerateStopRequest;

export interface GeneratorReplies {
  generate: Generated;
  "generate-stop": null;
}
