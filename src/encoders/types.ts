import type { Gpu } from "../gpu/gpu.ts";
import type { Size } from "../video/types.ts";
import type { Models } from "./models.ts";
import type { EncoderProgress } from "./progress.ts";
import type { Provider } from "./session.ts";

/** Size of a token in pixels of the encoder's input: 8 and 16 of our own encoders, the others of models that the user brings. */
export const TOKEN_SIZES = [8, 14, 16, 32] as const;
export type TokenSize = (typeof TOKEN_SIZES)[number];

/** What may be chosen where the encoder does not dictate it. */
export const FREE_TOKEN_SIZES: readonly TokenSize[] = [8, 16];

/** The frames as they were decoded for the encoder. */
export interface EncoderInput {
  /** RGBA, one array per frame, `size` each; `inputSizeOf` the encoder. */
  readonly pixels: readonly Uint8ClampedArray[];
  readonly size: Size;
  readonly token: TokenSize;
}

/** Raw features (not normalised) of a clip's tokens. */
export interface TokenFeatures {
  /** [F, H, W, C]. A GPU buffer belongs to whoever asked for the features. */
  readonly data: Float32Array | GPUBuffer;
  readonly grid: { readonly F: number; readonly H: number; readonly W: number; readonly C: number };
  /** Where the model ran; null when there is none. */
  readonly provider: Provider | null;
}

export interface EncoderContext {
  /** null: compute on the CPU. */
  readonly gpu: Gpu | null;
  readonly models: Models;
  readonly signal: AbortSignal;
  progress(progress: EncoderProgress): void;
}

/** Something that turns frames into one feature vector per token. */
export interface Encoder {
  /** The model it runs, by its id in models/manifest.json; null when it needs none. */
  readonly model: string | null;
  /** @throws EncoderError, GpuError, or the signal's reason when it was aborted */
  encode(input: EncoderInput, context: EncoderContext): Promise<TokenFeatures>;
}
