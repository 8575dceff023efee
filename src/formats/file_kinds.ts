import { holdsFeatures } from "./features_file.ts";
import { listedTensors } from "./safetensors.ts";

/** What a file is, as far as its name says. Names come from people: case does not matter. */
export const isSafetensors = ({ name }: { readonly name: string }): boolean => /\.safetensors$/i.test(name);

/** Whether it may be a video: many systems know no type for .mkv, so the ending counts as well. */
export const isVideo = ({ name, type }: { readonly name: string; readonly type: string }): boolean =>
  type.startsWith("video/") || /\.(mp4|m4v|mov|webm|mkv)$/i.test(name);

/** What a safetensors file is for, by what its header lists, were the rest cut off: their names end alike. */
export async function safetensorsKind(file: Blob): Promise<"features" | "mask" | "clip" | "student" | "checkpoint"> {
  // Without a header: whoever reads it as something says what it is not.
  const tensors = await listedTensors(file).catch((): string[] => []);
  if (holdsFeatures(tensors)) return "features";
  // A simulated clip brings its bodies' mask beside its frames.
  if (tensors.includes("frames")) return "clip";
  if (MASKS.some((name) => tensors.includes(name))) return "mask";
  // Every diffusion student has it, and no projector.
  return tensors.includes("text_embedding") ? "student" : "checkpoint";
}

/** The curves of a run at full size: metrics.jsonl of scale/train.py. */
export const isMetrics = ({ name }: { readonly name: string }): boolean => /\.jsonl$/i.test(name);

/** A table: of points that were followed, or of scores, as the judges of scale/evaluate.py's videos write. */
export const isTable = ({ name }: { readonly name: string }): boolean => /\.csv$/i.test(name);

/** What a table is of, by its first line; separated otherwise than by commas it is the same table, which its reader says how to mend. */
export async function tableKind(file: Blob): Promise<"tracks" | "scores"> {
  const [header] = (await file.slice(0, 1000).text()).split(/[\r\n]/, 1);
  const columns = header.split(/[,;\t]/).map((cell) => cell.replace(/[\s"\ufeff]/g, "").toLowerCase());
  return columns.includes("track") || columns.includes("frame") ? "tracks" : "scores";
}

/** Names of a mask's tensor or array. */
const MASKS = ["mask", "masks"];

export const isNpz = ({ name }: { readonly name: string }): boolean => /\.npz$/i.test(name);

/** What an .npz is of, by the list at its end. */
export async function npzKind(file: Blob): Promise<"mask" | "tracks"> {
  return /\bmasks?\.npy/.test(await file.slice(-65536).text()) ? "mask" : "tracks";
}

export const isModel = ({ name }: { readonly name: string }): boolean => /\.onnx$/i.test(name);

/** A picture of a mask. */
export const isPicture = ({ name }: { readonly name: string }): boolean => /\.png$/i.test(name);

/** Point tracks in NumPy's arrays, our own truth; and a pickle of either, to say why it is not opened. */
export const isTruth = ({ name }: { readonly name: string }): boolean => /\.(npz|json|pkl|pickle)$/i.test(name);
