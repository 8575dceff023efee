import { parseSafetensors, writeSafetensors } from "./safetensors.ts";

/** What a file of `npm run world`, or of anything that generates such clips, says of itself. Its truth is not read. */
export interface ClipFile {
  /** U8 [T, size, size, 3]. */
  readonly frames: Uint8Array<ArrayBuffer>;
  readonly prompt: string;
  /** null where the file has none, as a generated clip. */
  readonly seed: number | null;
}

/**
 * Reads tensor `frames` U8 [T, size, size, 3] and `prompt` of a safetensors file.
 * @throws Error with one sentence that names what is missing or of another shape
 */
export function readClipFile(bytes: Uint8Array, T: number, size: number): ClipFile {
  const { tensors, metadata } = parseSafetensors(bytes);
  const wanted = [T, size, size, 3];
  const tensor = tensors.get("frames");
  if (!tensor) {
    const names = [...tensors.keys()].join(", ") || "nothing";
    throw new Error(`the file has no tensor "frames" of U8 [${wanted}], it holds ${names}`);
  }
  const { dtype, shape, data } = tensor;
  if (!(data instanceof Uint8Array) || shape.join() !== wanted.join()) {
    throw new Error(`tensor "frames" must be U8 [${wanted}], got ${dtype} [${shape}]`);
  }
  if (metadata.prompt === undefined)
    throw new Error("the file's metadata has no \"prompt\": write the clip's sentence there");
  const seed = Number(metadata.seed);
  const known = metadata.seed !== undefined && Number.isInteger(seed) && seed >= 0;
  return { frames: new Uint8Array(data), prompt: metadata.prompt, seed: known ? seed : null };
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

/** Whether a file says at its beginning that it holds a clip's frames: a checkpoint has the same ending. */
export async function isClipFile(file: Blob): Promise<boolean> {
  const start = new Uint8Array(await file.slice(0, 8 + MOST_HEADER).arrayBuffer());
  return /"frames"\s*:/.test(new TextDecoder("latin1").decode(start.subarray(8)));
}

/** A clip's header is a few KB. */
const MOST_HEADER = 65_536;
