import { chooseInputSize } from "../video/input_size.ts";
import type { Size } from "../video/types.ts";
import { type BroughtId, broughtLayer, isBroughtId, tokenOf } from "./brought.ts";
import { cutOf, isClipLayout, isModelId, type ModelId, ownModel } from "./own_model.ts";
import { isTrainedId, type TrainedId, trainedSide } from "./trained.ts";
import type { TokenSize } from "./types.ts";

/** What an encoder that takes nothing else is given. */
export interface FixedInput {
  /** null: any number. */
  readonly frames: number | null;
  readonly size: Size;
  readonly token: TokenSize;
  /** Frames that share one token. */
  readonly tubelet: number;
}

/** What the rest of the program asks about an encoder. */
interface EncoderTraits {
  /** What the user reads. */
  readonly name: string;
  /** "student": our diffusion student, which is looked at in the noise that Compare's settings name, so that it can only be its student. */
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

type TableId = keyof typeof ENCODERS;
/** The encoders that the page has. */
export type OwnEncoderId = {
  [K in TableId]: (typeof ENCODERS)[K]["role"] extends "encoder" ? K : never;
}[TableId];
/** What the user brings as an encoder: features, a model, or a diffusion student that was trained. */
export type BroughtEncoderId = BroughtId | ModelId | TrainedId;
/** One of them, or the user's own. */
export type EncoderId = OwnEncoderId | BroughtEncoderId;
/** What can be Compare's student: an encoder, or our diffusion student. */
export type StudentId = TableId | BroughtEncoderId;

export const STUDENT_IDS = Object.keys(ENCODERS) as readonly TableId[];
const isEncoder = (id: TableId): id is OwnEncoderId => ENCODERS[id].role === "encoder";
export const ENCODER_IDS: readonly OwnEncoderId[] = STUDENT_IDS.filter(isEncoder);

/** The row of an encoder: of the table, or what the user's own features and models say of themselves. */
export function encoderTraits(encoder: StudentId): EncoderTraits {
  if (isBroughtId(encoder)) return broughtTraits(encoder);
  if (isTrainedId(encoder)) return { ...ENCODERS.cogvideox, name: trainedSide(encoder).name, role: "encoder" };
  return isModelId(encoder) ? modelTraits(encoder) : ENCODERS[encoder];
}

function modelTraits(id: ModelId): EncoderTraits {
  const spec = ownModel(id);
  const clip = isClipLayout(spec.layout);
  return {
    name: spec.name,
    role: "encoder",
    fixed: { frames: clip ? spec.frames : null, ...cutOf(spec), tubelet: clip ? spec.tubelet : 1 },
    // The paper's, for lack of a measurement.
    clearTau: 0.1,
    tauNote: "",
  };
}

function broughtTraits(id: BroughtId): EncoderTraits {
  const { F, H, W, name } = broughtLayer(id);
  const token = tokenOf({ H, W });
  return {
    name,
    role: "encoder",
    fixed: { frames: F, size: { width: W * token, height: H * token }, token, tubelet: 1 },
    // The paper's, for lack of a measurement.
    clearTau: 0.1,
    tauNote: "",
  };
}

/** undefined: it takes what it gets. */
export const fixedInput = (encoder: StudentId): FixedInput | undefined => encoderTraits(encoder).fixed ?? undefined;

/** Frames that share a token; 1 where the encoder looks at one frame at a time. */
export const tubeletOf = (encoder: StudentId): number => fixedInput(encoder)?.tubelet ?? 1;

/** The size at which a clip goes into an encoder. */
export const inputSizeOf = (encoder: StudentId, clip: Size): Size => fixedInput(encoder)?.size ?? chooseInputSize(clip);
