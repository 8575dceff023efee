import { fromHalf } from "../formats/half.ts";
import { keptPerFrame, topMask } from "../reference/index.ts";

/**
 * One clip of the simulated world as a step of the diffusion student reads it. The student's grid has F token frames of S tokens
 * (4 × 64 of 48 values), the teacher's 2F on the same rows.
 */
export interface PreparedClip {
  readonly prompt: string;
  readonly template: string;
  readonly seed: number;
  /** Ids of the prompt's words by student.json, padded with 0: [words]. */
  readonly words: Uint32Array<ArrayBuffer>;
  /** Standardised latents of the video autoencoder [F, S, values]. */
  readonly x0: Float32Array<ArrayBuffer>;
  /** Motion saliency [2F, S] by the teacher's tubelets (docs/method.md section 3): sums of bytes, exact. */
  readonly saliency: Float32Array<ArrayBuffer>;
  /** What the teacher makes of it; null where none was asked for. */
  readonly teacher: TeacherFeatures | null;
  readonly truth: ClipTruth;
}

export interface TeacherFeatures {
  readonly channels: number;
  /** Bits of float16 [2F, S, channels]: `teacherBatch` reads them. */
  readonly halves: Uint16Array<ArrayBuffer>;
}

/** What is known of a simulated clip, in its bodies' order: solids, then liquids. */
export interface ClipTruth {
  readonly bodies: readonly { readonly kind: "solid" | "fluid"; readonly colour: string }[];
  /** Centres [16, bodies, 2] px; NaN while none of it is in the world. */
  readonly center: Float32Array<ArrayBuffer>;
}

/** The teacher's features [B, 2F, S, channels]. @throws TypeError where a clip has none */
export function teacherBatch(clips: readonly PreparedClip[]): Float32Array<ArrayBuffer> {
  const each = clips.map(({ teacher, prompt }) => {
    if (!teacher) throw new TypeError(`“${prompt}” was prepared without a teacher, and the loss reads one`);
    return teacher.halves;
  });
  const batch = new Float32Array(each.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const halves of each) {
    fromHalf(halves, batch, at);
    at += halves.length;
  }
  return batch;
}

/** The motion masks at ρ: [B, 2F, S] of 0 and 1. @param frames the teacher's token frames, 2F */
export function maskBatch(clips: readonly PreparedClip[], rho: number, frames: number): Uint32Array<ArrayBuffer> {
  const tokens = clips[0].saliency.length;
  const [S, masks] = [tokens / frames, new Uint32Array(clips.length * tokens)];
  for (const [b, { saliency }] of clips.entries()) {
    masks.set(topMask(saliency, frames, S, keptPerFrame(rho, frames, S)), b * tokens);
  }
  return masks;
}
