/** A model that the user brings in an ONNX file, as an encoder: how frames go in and tokens come out. */
import type { Size } from "../video/types.ts";
import type { TokenSize } from "./types.ts";

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
  /^model:([0-9a-f]{16}):(\w{4,5})\/([\w.-]{4,8})\/([1-9]\d{0,2})x([1-9]\d{0,3})x([1-9]\d{0,3})\/([1-9]\d{0,2})x([1-9]\d{0,1})\/(\d{1,2})\/([^/:]{1,80}):(.{1,120})$/su;

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

export function isModelId(id: string): id is ModelId {
  const parts = FORM.exec(id);
  return parts !== null && LAYOUTS.some((one) => one === parts[2]) && RANGES.some((one) => one === parts[3]);
}

/** @throws RangeError where the id is of another form */
export function ownModel(id: ModelId): OwnModel {
  const parts = FORM.exec(id);
  const layout = LAYOUTS.find((one) => one === parts?.[2]);
  const range = RANGES.find((one) => one === parts?.[3]);
  if (!parts || !layout || !range) throw new RangeError(`"${id}" names no model of a file`);
  const [frames, height, width, patch, tubelet, skip] = parts.slice(4, 10).map(Number);
  const [output, name] = [decodeURIComponent(parts[10]), parts[11]];
  return { hash: parts[1], layout, range, frames, height, width, patch, tubelet, skip, output, name };
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

const TOKEN_SIZES: readonly TokenSize[] = [8, 14, 16, 32];
