import { parseSafetensors, tensorOf, writeSafetensors } from "./safetensors.ts";

/** What a file of `npm run world`, or of anything that generates such clips, says of itself. Its truth is not read. */
export interface ClipFile {
  /** U8 [T, size, size, 3]. */
  readonly frames: Uint8Array<ArrayBuffer>;
  readonly prompt: string;
  /** null where the file has none, as a generated clip. */
  readonly seed: number | null;
  /** The laws of its world that are not the usual ones, by name. */
  readonly laws: Readonly<Record<string, number>>;
}

/**
 * Reads tensor `frames` U8 [T, size, size, 3] and `prompt` of a safetensors file.
 * @throws Error with one sentence that names what is missing or of another shape
 */
export function readClipFile(bytes: Uint8Array, T: number, size: number): ClipFile {
  const file = parseSafetensors(bytes);
  const { data } = tensorOf(file, "frames", "U8", [T, size, size, 3]);
  const { metadata } = file;
  if (metadata.prompt === undefined)
    throw new Error("the file's metadata has no \"prompt\": write the clip's sentence there");
  const seed = Number(metadata.seed);
  const known = metadata.seed !== undefined && Number.isInteger(seed) && seed >= 0;
  return {
    frames: new Uint8Array(data),
    prompt: metadata.prompt,
    seed: known ? seed : null,
    laws: lawsOf(metadata.laws),
  };
}

function lawsOf(text: string | undefined): ClipFile["laws"] {
  const wrong = `the file's metadata "laws" must be JSON like {"gravity": 0.25}, got ${text?.slice(0, 60)}`;
  try {
    const laws: unknown = JSON.parse(text ?? "{}");
    const entries =
      typeof laws === "object" && laws !== null && !Array.isArray(laws) ? Object.entries(laws) : [["", ""]];
    if (entries.every(([, value]) => typeof value === "number")) return Object.fromEntries(entries);
  } catch {
    // No JSON: the same sentence.
  }
  throw new Error(wrong);
}

/**
 * A clip's frames U8 [T, size, size, 3] and its sentence as `readClipFile` reads them. No seed: that is the simulator's, whose
 * truth these pictures do not have. `how` says in the writer's own keys where they come from.
 */
export function writeClipFile(
  frames: Uint8Array<ArrayBuffer>,
  prompt: string,
  size: number,
  how: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const shape = [frames.length / (3 * size * size), size, size, 3];
  return writeSafetensors({ frames: { dtype: "U8", shape, data: frames } }, { ...how, prompt });
}
