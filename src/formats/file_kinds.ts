import { holdsFeatures } from "./features_file.ts";
import { listedTensors } from "./safetensors.ts";

/** What a file is, as far as its name says. Names come from people: case does not matter. */
export const isSafetensors = ({ name }: { readonly name: string }): boolean => /\.safetensors$/i.test(name);

/** Whether it may be a video: many systems know no type for .mkv, so the ending counts as well. */
export const isVideo = ({ name, type }: { readonly name: string; readonly type: string }): boolean =>
  type.startsWith("video/") || /\.(mp4|m4v|mov|webm|mkv)$/i.test(name);

/** What a safetensors file is for, by what its header lists, were the rest cut off: their names end alike. */
export async function safetensorsKind(file: Blob): Promise<"features" | "clip" | "student" | "checkpoint"> {
  // Without a header: whoever reads it as something says what it is not.
  const tensors = await listedTensors(file).catch((): string[] => []);
  if (holdsFeatures(tensors)) return "features";
  if (tensors.includes("frames")) return "clip";
  // Every diffusion student has it, and no projector.
  return tensors.includes("text_embedding") ? "student" : "checkpoint";
}

/** The curves of a run at full size: metrics.jsonl of scale/train.py. */
export const isMetrics = ({ name }: { readonly name: string }): boolean => /\.jsonl$/i.test(name);

/** A table: of points that were followed, or of scores, as the judges of scale/evaluate.py's videos write. */
export const isTable = ({ name }: { readonly name: string }): boolean => /\.csv$/i.test(name);

/** What a table is of, by its first line. */
export async function tableKind(file: Blob): Promise<"tracks" | "scores"> {
  const [header] = (await file.slice(0, 1000).text()).split("\n", 1);
  const columns = header.split(",").map((cell) => cell.replace(/[\s"\ufeff]/g, "").toLowerCase());
  return columns.includes("track") || columns.includes("frame") ? "tracks" : "scores";
}

/** Point tracks in NumPy's arrays, our own truth; and a pickle of either, to say why it is not opened. */
export const isTruth = ({ name }: { readonly name: string }): boolean => /\.(npz|json|pkl|pickle)$/i.test(name);
