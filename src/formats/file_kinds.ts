import { holdsFeatures } from "./features_file.ts";
import { listedTensors } from "./safetensors.ts";

/** What a file is, as far as its name says. Names come from people: case does not matter. */
export const isSafetensors = ({ name }: { readonly name: string }): boolean => /\.safetensors$/i.test(name);

/** Whether it may be a video: many systems know no type for .mkv, so the ending counts as well. */
export const isVideo = ({ name, type }: { readonly name: string; readonly type: string }): boolean =>
  type.startsWith("video/") || /\.(mp4|m4v|mov|webm|mkv)$/i.test(name);

/** What a safetensors file is for, by what its header lists, were the rest cut off: their names end alike. */
export async function safetensorsKind(file: Blob): Promise<"features" | "clip" | "checkpoint"> {
  // Without a header: whoever reads it as something says what it is not.
  const tensors = await listedTensors(file).catch((): string[] => []);
  if (holdsFeatures(tensors)) return "features";
  return tensors.includes("frames") ? "clip" : "checkpoint";
}

/** The curves of a run at full size: metrics.jsonl of scale/train.py. */
export const isMetrics = ({ name }: { readonly name: string }): boolean => /\.jsonl$/i.test(name);

/** A table, as the judges of scale/evaluate.py's videos write. */
export const isTable = ({ name }: { readonly name: string }): boolean => /\.csv$/i.test(name);
