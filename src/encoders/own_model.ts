/** A model that the user brings in an ONNX file, as an encoder: how frames go in and tokens come out. */
import type { Size } from "../video/types.ts";
import { TOKEN_SIZES, type TokenSize } from "./types.ts";

/** How frames lie in the model's input: B clips of T frames of C colours, H rows and W columns. Without T it looks at single frames. */
export const LAYOUTS = ["NCHW", "NHWC", "NTCHW", "NCTHW", "NTHWC"] as const;
export type Layout = (typeof LAYOUTS)[number];

/** What a byte of a pixel becomes. "imagenet": less ImageNet's mean, over its deviation. */
export const RANGES = ["0..1", "-1..1", "0..255", "imagenet"] as const;
export type Range = (typeof RANGES)[number];

export interface ModelSpec {
  readonly layout: Layout;
  readonly range: Range;
  /** Frames of one run; 1 where it looks at single frames. */
  readonly frames: number;
  readonly height: number;
  readonly width: number;
  /** Side of a token's patch in pixels of the input, and frames that share one. */
  readonly patch: number;
  readonly tubelet: number;
  /** Tokens in front that belong to no place: class and registers. */
  readonly skip: number;
  /** Name of the output that is read. */
  readonly output: string;
}

export interface OwnModel extends ModelSpec {
  /** The first 16 hex digits of the file's content hash. */
  readonly hash: string;
  readonly name: string;
}

/** All that a link, a menu or a caption needs of it is in its id, as with features that were brought. */
export type ModelId = `model:${string}`;

const FORM =
  /^model:([0-9a-f]{16}):(\w{4,5})\/([\w.-]{4,8})\/([1-9]\d{0,2})x([1-9]\d{0,3})x([1-9]\d{0,3})\/([1-9]\d{0,2})x([1-9]\d{0,1})\/(\d{1,2})\/([^/:]+):(.{1,120})$/su;

/** The most characters of an output's name as an id writes it, where a slash takes three: exporters name it by its path of modules. */
const MAX_OUTPUT = 240;

export const modelId = ({
  hash,
  layout,
  range,
  frames,
  height,
  width,
  patch,
  tubelet,
  skip,
  output,
  name,
}: OwnModel): ModelId =>
  `model:${hash}:${layout}/${range}/${frames}x${height}x${width}/${patch}x${tubelet}/${skip}/${encodeURIComponent(output)}:${name.replace(/[\p{Cc}]/gu, " ").slice(0, 120) || "model"}`;

export const isModelId = (id: string): id is ModelId => parsed(id) !== undefined;

/** @throws RangeError where the id is of another form */
export function ownModel(id: ModelId): OwnModel {
  const model = parsed(id);
  if (!model) throw new RangeError(`"${id}" names no model of a file`);
  return model;
}

function parsed(id: string): OwnModel | undefined {
  const parts = FORM.exec(id);
  if (!parts) return undefined;
  const layout = LAYOUTS.find((one) => one === parts[2]);
  const range = RANGES.find((one) => one === parts[3]);
  const output = decodedOutput(parts[10]);
  if (!layout || !range || output === undefined) return undefined;
  const [frames, height, width, patch, tubelet, skip] = parts.slice(4, 10).map(Number);
  return { hash: parts[1], layout, range, frames, height, width, patch, tubelet, skip, output, name: parts[11] };
}

/** undefined where it is too long, or a link was changed so that it is no encoded text. */
function decodedOutput(encoded: string): string | undefined {
  if (encoded.length > MAX_OUTPUT) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

/** Why a model cannot be named by an id, and so be no encoder here; null where it can. */
export function whyNoId(model: OwnModel): string | null {
  if (isModelId(modelId(model))) return null;
  const { frames, width, height, patch, output } = model;
  const { length } = encodeURIComponent(output);
  return length > MAX_OUTPUT
    ? `the name of its output “${output}” takes ${length} characters in a link, which has room for ${MAX_OUTPUT}: export it under a shorter one`
    : `${frames} frames of ${width}×${height} px in patches of ${patch} px are beyond what an encoder here can be`;
}

export const isClipLayout = (layout: Layout): boolean => layout.length === 5;

/** Tokens of a frame. */
export const planeOf = ({ height, width, patch }: ModelSpec) => ({
  H: Math.floor(height / patch),
  W: Math.floor(width / patch),
});

/**
 * How the clip is cut for the motion mask and for raw patches: in the model's own pixels where its patches are of a usual size, else
 * in 16 px for each token.
 */
export function cutOf(spec: ModelSpec): { readonly size: Size; readonly token: TokenSize } {
  const { H, W } = planeOf(spec);
  const token =
    TOKEN_SIZES.find((size) => size === spec.patch && H * size === spec.height && W * size === spec.width) ?? 16;
  return { size: { width: W * token, height: H * token }, token };
}
