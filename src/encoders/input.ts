import { chooseInputSize } from "../video/input_size.ts";
import type { Size } from "../video/types.ts";
import type { TokenSize } from "./types.ts";

/** Every encoder's name in links and exports. */
export const ENCODER_IDS = ["xfeat", "raw-patches", "videomae"] as const;
export type EncoderId = (typeof ENCODER_IDS)[number];

/** What an encoder that takes nothing else is given. */
export interface FixedInput {
  readonly frames: number;
  readonly size: Size;
  readonly token: TokenSize;
  /** Frames that share one token. */
  readonly tubelet: number;
}

/** The encoders that take one input only; the others take any number of frames, near any size, in tokens of 8 or 16 px. */
export const FIXED_INPUTS = {
  videomae: { frames: 16, size: { width: 64, height: 64 }, token: 8, tubelet: 2 },
} as const satisfies Partial<Record<EncoderId, FixedInput>>;

/** undefined: it takes what it gets. */
export const fixedInput = (encoder: EncoderId): FixedInput | undefined =>
  Object.entries(FIXED_INPUTS).find(([id]) => id === encoder)?.[1];

/** The size at which a clip goes into an encoder. */
export const inputSizeOf = (encoder: EncoderId, clip: Size): Size => fixedInput(encoder)?.size ?? chooseInputSize(clip);
