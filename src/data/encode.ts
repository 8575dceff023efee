import { encodeFrames } from "../encoders/autoencoder.ts";
import type { EncoderContext } from "../encoders/types.ts";
import { videomae } from "../encoders/videomae.ts";
import { toHalf } from "../formats/half.ts";
import { motionSaliency } from "../reference/index.ts";
import type { TeacherFeatures } from "../train/prepared_clip.ts";
import { motionTokens, planarRgb, rgbaOf } from "../video/tubelets.ts";
import { CLIP } from "../world/types.ts";
import { TEACHER_GRID } from "./grid.ts";

const SIZE = { width: CLIP.size, height: CLIP.size };

/** The networks through which every clip goes once. */
export interface ClipEncoders {
  /** Standardised latents [F, S, values] of frames U8 [16, 64, 64, 3]. */
  tokens(frames: Uint8Array): Promise<Float32Array<ArrayBuffer>>;
  /** The teacher's features [2F, S, channels]. */
  features(frames: Uint8Array): Promise<TeacherFeatures>;
}

/** The shipped ones, where `Models` runs them: on a real GPU there, else through wasm. */
export function clipEncoders(context: EncoderContext): ClipEncoders {
  return {
    tokens: async (frames) => Float32Array.from(await encodeFrames(planarRgb(rgbaOf(frames, SIZE), SIZE), context)),
    async features(frames) {
      const pixels = rgbaOf(frames, SIZE);
      const { data, grid } = await videomae.encode({ pixels, size: SIZE, token: TEACHER_GRID.patch }, context);
      if (!(data instanceof Float32Array)) throw new TypeError("the teacher's features are on the GPU");
      return { channels: grid.C, halves: toHalf(firstOfTubelets(data, grid.H * grid.W * grid.C)) };
    },
  };
}

/** The encoder gives both frames of a tubelet its features; a student's teacher has them once. */
function firstOfTubelets(data: Float32Array, frame: number): Float32Array {
  const { frames, tubelet } = TEACHER_GRID;
  const once = new Float32Array(frames * frame);
  for (let f = 0; f < frames; f++) once.set(data.subarray(f * tubelet * frame, (f * tubelet + 1) * frame), f * frame);
  return once;
}

/** Motion saliency [2F, S] of frames U8 [16, 64, 64, 3] by the teacher's tubelets, in sums of bytes. */
export function clipSaliency(frames: Uint8Array): Float32Array<ArrayBuffer> {
  const { patch, tubelet } = TEACHER_GRID;
  const { Y, F, H, W, D } = motionTokens(rgbaOf(frames, SIZE), SIZE, patch, tubelet);
  return Float32Array.from(motionSaliency(Y, F, H * W, D));
}
