import { chooseInputSize } from "../video/input_size.ts";
import type { Size } from "../video/types.ts";
import type { TokenSize } from "./types.ts";

/** What an encoder that takes nothing else is given. */
export interface FixedInput {
  readonly frames: number;
  readonly size: Size;
  readonly token: TokenSize;
  /** Frames that share one token. */
  readonly tubelet: number;
}

/** What the rest of the program asks about an encoder. */
interface EncoderTraits {
  /** What the user reads. */
  readonly name: string;
  /** "student": our diffusion student, whose features need a noise level as well, so that it can only be Compare's student. */
  readonly role: "encoder" | "student";
  /** null: it takes any number of frames, near any size, in tokens of 8 or 16 px. */
  readonly fixed: FixedInput | null;
  /** The temperature at which its correspondences are clear: the tighter its cosines crowd, the colder. */
  readonly clearTau: number;
  /** Where its own curve over τ is highest, where we have measured it. */
  readonly tauNote: string;
}

/**
 * The encoders: the one table. A row's key is the name in links, exports and commands; the code behind it is a line of registry.ts,
 * its weights are an entry of models/manifest.json.
 */
export const ENCODERS = {
  xfeat: {
    name: "XFeat",
    role: "encoder",
    fixed: null,
    clearTau: 0.02,
    tauNote: "XFeat's cosines crowd together and want 0.05 or colder.",
  },
  "raw-patches": { name: "raw patches", role: "encoder", fixed: null, clearTau: 0.02, tauNote: "" },
  videomae: {
    name: "our VideoMAE",
    role: "encoder",
    fixed: { frames: 16, size: { width: 64, height: 64 }, token: 8, tubelet: 2 },
    clearTau: 0.1,
    tauNote: "VideoMAE follows best from 0.05 to 0.1.",
  },
  cogvideox: {
    name: "our CogVideoX",
    role: "student",
    fixed: { frames: 16, size: { width: 64, height: 64 }, token: 8, tubelet: 4 },
    clearTau: 0.1,
    tauNote: "",
  },
} as const satisfies Record<string, EncoderTraits>;

/** What can be Compare's student: an encoder, or our diffusion student. */
export type StudentId = keyof typeof ENCODERS;
export type EncoderId = {
  [K in StudentId]: (typeof ENCODERS)[K]["role"] extends "encoder" ? K : never;
}[StudentId];

export const STUDENT_IDS = Object.keys(ENCODERS) as readonly StudentId[];
const isEncoder = (id: StudentId): id is EncoderId => ENCODERS[id].role === "encoder";
export const ENCODER_IDS: readonly EncoderId[] = STUDENT_IDS.filter(isEncoder);

/** undefined: it takes what it gets. */
export const fixedInput = (encoder: StudentId): FixedInput | undefined => ENCODERS[encoder].fixed ?? undefined;

/** Frames that share a token; 1 where the encoder looks at one frame at a time. */
export const tubeletOf = (encoder: StudentId): number => fixedInput(encoder)?.tubelet ?? 1;

/** The size at which a clip goes into an encoder. */
export const inputSizeOf = (encoder: StudentId, clip: Size): Size => fixedInput(encoder)?.size ?? chooseInputSize(clip);
