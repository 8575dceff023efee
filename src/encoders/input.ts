import { chooseInputSize } from "../video/input_size.ts";
import type { Size } from "../video/types.ts";
import type { TokenSize } from "./types.ts";

/** Every encoder's name in links and exports. */
export const ENCODER_IDS = ["xfeat", "raw-patches", "videomae"] as const;
export type EncoderId = (typeof ENCODER_IDS)[number];

/** What can be Compare's student: an encoder, or our diffusion student, whose features need a noise level as well. */
export const STUDENT_IDS = [...ENCODER_IDS, "cogvideox"] as const;
export type StudentId = (typeof STUDENT_IDS)[number];

/** What a person reads. */
export const ENCODER_NAMES: Readonly<Record<StudentId, string>> = {
  xfeat: "XFeat",
  "raw-patches": "raw patches",
  videomae: "our VideoMAE",
  cogvideox: "our CogVideoX",
};

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
  cogvideox: { frames: 16, size: { width: 64, height: 64 }, token: 8, tubelet: 4 },
} as const satisfies Partial<Record<StudentId, FixedInput>>;

/** undefined: it takes what it gets. */
export const fixedInput = (encoder: StudentId): FixedInput | undefined =>
  Object.entries(FIXED_INPUTS).find(([id]) => id === encoder)?.[1];

/** Frames that share a token; 1 where the encoder looks at one frame at a time. */
export const tubeletOf = (encoder: StudentId): number => fixedInput(encoder)?.tubelet ?? 1;

/** The size at which a clip goes into an encoder. */
export const inputSizeOf = (encoder: StudentId, clip: Size): Size => fixedInput(encoder)?.size ?? chooseInputSize(clip);
