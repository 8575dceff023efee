/** What is kept of a clip, as files: what the autoencoder and the world say of it, and a file for each teacher. */
import { parseSafetensors, type Tensor, tensorOf, writeSafetensors } from "../formats/safetensors.ts";
import type { ClipTruth, PreparedClip, TeacherFeatures } from "../train/prepared_clip.ts";
import { CLIP } from "../world/types.ts";

export type KeptTokens = Pick<PreparedClip, "x0" | "saliency" | "template" | "truth">;

const floats = (data: Float32Array<ArrayBuffer>, shape: readonly number[]): Tensor => ({ dtype: "F32", shape, data });

export function tokensFile({ x0, saliency, template, truth }: KeptTokens): Uint8Array<ArrayBuffer> {
  const { bodies, center } = truth;
  return writeSafetensors(
    {
      x0: floats(x0, [x0.length]),
      saliency: floats(saliency, [saliency.length]),
      center: floats(center, [CLIP.frames, bodies.length, 2]),
    },
    { template, bodies: JSON.stringify(bodies) },
  );
}

/** @throws Error where the file is cut short or is no such file */
export function readTokens(bytes: Uint8Array): KeptTokens {
  const file = parseSafetensors(bytes);
  // What this very program wrote.
  const bodies = JSON.parse(file.metadata.bodies) as ClipTruth["bodies"];
  const numbers = (name: string) => Float32Array.from(tensorOf(file, name, "F32").data);
  const truth = { bodies, center: numbers("center") };
  return { x0: numbers("x0"), saliency: numbers("saliency"), template: file.metadata.template, truth };
}

export function teacherFile({ channels, halves }: TeacherFeatures): Uint8Array<ArrayBuffer> {
  return writeSafetensors({ features: { dtype: "F16", shape: [halves.length / channels, channels], data: halves } });
}

/** @throws Error where the file is cut short or is no such file */
export function readTeacher(bytes: Uint8Array): TeacherFeatures {
  const { shape, data } = tensorOf(parseSafetensors(bytes), "features", "F16");
  return { channels: shape[1], halves: Uint16Array.from(data) };
}
