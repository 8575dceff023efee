/**
 * Features that somebody made elsewhere, as docs/bring-your-own.md describes the file: safetensors with `features` [F, H, W, C], or
 * [F, S, C] with the grid beside it, or several such tensors `features.NAME`; frame times, a name and perhaps the frames themselves.
 * Everything that such a file can get wrong is an Error of one sentence.
 */

import { FLOAT_DTYPES, type FloatDtype, isFloatDtype, toFloat32 } from "./half_floats.ts";
import { readBytes } from "./read_bytes.ts";
import type { SafetensorsHeader, TensorPlace } from "./safetensors.ts";

/** One tensor of features. */
export interface FeatureLayer {
  /** What follows "features." in its name; empty where nothing does. */
  readonly label: string;
  readonly dtype: FloatDtype;
  readonly grid: { readonly F: number; readonly H: number; readonly W: number; readonly C: number };
  readonly place: TensorPlace;
}

/** Frames that came with the features: U8 [T, height, width, 3]. */
export interface InnerFrames {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly fps: number;
  readonly place: TensorPlace;
}

export interface FeaturesFile {
  readonly name: string;
  readonly layers: readonly FeatureLayer[];
  /** The moment of each token frame, in seconds from the clip's first frame; ascending, [F]. */
  readonly timesS: readonly number[];
  readonly frames: InnerFrames | null;
}

/** What the user says of a file that does not say it itself. */
export interface FeatureAnswers {
  readonly name: string;
  /** Rows and columns of tokens: of tensors [F, S, C]. */
  readonly grid: readonly [H: number, W: number];
  /** Token frames, or with frames inside those, a second; the first is at `startS`. */
  readonly fps: number;
  readonly startS: number;
}

/** What has to be asked, with a guess at the answers. */
export interface FeatureQuestions {
  readonly F: number;
  /** Tokens of a frame where the file does not say how they lie, and how they might: the likeliest first. */
  readonly tokens: number | null;
  readonly grids: readonly (readonly [H: number, W: number])[];
  /** Whether the moments of the frames are not known. */
  readonly times: boolean;
  readonly guess: FeatureAnswers;
}

/** What a guess may rest on: the clip that is open. */
export interface ClipShape {
  readonly width: number;
  readonly height: number;
  readonly durationS: number;
}

/** Whether a tensor of this name holds features: the first group is its label. */
const FEATURES = /^features(?:[./:_-](.+))?$/s;
/** Frames a second of a clip that does not say it: CogVideoX's. */
const USUAL_FPS = 8;
const MAX_NAME = 60;
/** Writers sort tensors letter by letter; layer 4 comes before layer 12 all the same. */
const BY_NUMBER = new Intl.Collator("en", { numeric: true });

export const holdsFeatures = (tensors: readonly string[]): boolean => tensors.some((name) => FEATURES.test(name));

/**
 * Reads a file's header, with the user's answers where it says too little.
 * @param stem the file's name without its ending, for want of a better one
 * @throws Error with one sentence
 */
export function describeFeatures(
  header: SafetensorsHeader,
  stem: string,
  answers: FeatureAnswers | null,
  clip: ClipShape | null,
): FeaturesFile | FeatureQuestions {
  const { metadata } = header;
  const tensors = featureTensors(header);
  const F = commonFrames(tensors);
  const flat = tensors.filter(([, , { shape }]) => shape.length === 3);
  const known = metadata.grid === undefined ? null : parseGrid(metadata.grid);
  const asked = known === null && flat.length > 0 ? commonTokens(flat) : null;
  const inner = innerFrames(header, answers);
  const times = momentsOf(metadata, F, inner);
  const name = (answers?.name ?? metadata.name ?? metadata.encoder ?? stem).trim().slice(0, MAX_NAME) || "features";
  const askTimes = times === null || (inner !== null && inner.fps === null);
  if (answers === null && (asked !== null || askTimes)) {
    const grids = asked === null ? [] : gridsOf(asked, inner ?? clip);
    const fps = inner ? (inner.fps ?? USUAL_FPS) : clip ? F / clip.durationS : USUAL_FPS;
    const guess = { name, grid: grids[0] ?? ([1, 1] as const), fps: Number(fps.toPrecision(6)), startS: 0 };
    return { F, tokens: asked, grids, times: askTimes, guess };
  }
  if (answers) checkAnswers(answers);
  const grid = known ?? answers?.grid ?? null;
  const timesS = times ?? Array.from({ length: F }, (_, i) => (answers?.startS ?? 0) + i / (answers?.fps ?? USUAL_FPS));
  return {
    name,
    layers: tensors.map(([tensor, label, place]) => layerOf(tensor, label, place, grid)),
    timesS,
    frames: inner && { ...inner, fps: inner.fps ?? USUAL_FPS },
  };
}

export const isAsking = (found: FeaturesFile | FeatureQuestions): found is FeatureQuestions => "guess" in found;

type Found = readonly [tensor: string, label: string, place: TensorPlace];

function featureTensors({ tensors }: SafetensorsHeader): Found[] {
  const found = [...tensors].flatMap(([name, place]): Found[] => {
    const parts = FEATURES.exec(name);
    return parts ? [[name, (parts[1] ?? "").slice(0, MAX_NAME), place]] : [];
  });
  if (found.length === 0)
    throw new Error('the file has no tensor "features": name it so, or "features.NAME" for each of several');
  for (const [name, , { dtype, shape }] of found) checkTensor(name, dtype, shape);
  return found.sort(([, a], [, b]) => BY_NUMBER.compare(a, b));
}

function checkTensor(name: string, dtype: string, shape: readonly number[]): void {
  const tensor = `tensor "${name.slice(0, MAX_NAME)}"`;
  if (!isFloatDtype(dtype)) throw new Error(`${tensor} is ${dtype}: features are ${FLOAT_DTYPES.join(", ")}`);
  if (shape.length === 5) {
    const clips = shape[0] === 1 ? "one clip" : `${shape[0]} clips`;
    throw new Error(
      `${tensor} [${shape}] has an axis of ${clips} in front: a file is of one clip, so write features[0]`,
    );
  }
  if (shape.length !== 3 && shape.length !== 4) {
    throw new Error(`${tensor} must be [F, H, W, C] or [F, S, C], got [${shape}]`);
  }
  if (shape.includes(0)) throw new Error(`${tensor} [${shape}] is empty: every side must be 1 or more`);
  if (shape[0] < 2)
    throw new Error(`${tensor} [${shape}] has 1 frame, and at least 2 are needed: is its first axis the batch?`);
}

function commonFrames(tensors: readonly Found[]): number {
  const [[first, , { shape }]] = tensors;
  const other = tensors.find(([, , place]) => place.shape[0] !== shape[0]);
  if (other) {
    throw new Error(
      `"${first}" has ${shape[0]} frames and "${other[0]}" has ${other[2].shape[0]}: the tensors of a file share their frames, so write two files`,
    );
  }
  return shape[0];
}

function commonTokens(flat: readonly Found[]): number {
  const [[first, , { shape }]] = flat;
  const other = flat.find(([, , place]) => place.shape[1] !== shape[1]);
  if (other) {
    throw new Error(
      `"${first}" has ${shape[1]} tokens a frame and "${other[0]}" has ${other[2].shape[1]}: write each as [F, H, W, C]`,
    );
  }
  return shape[1];
}

function layerOf(
  tensor: string,
  label: string,
  place: TensorPlace,
  grid: readonly [number, number] | null,
): FeatureLayer {
  const { shape, dtype } = place;
  if (!isFloatDtype(dtype)) throw new TypeError(`${dtype} was let through`);
  if (shape.length === 4) {
    const [F, H, W, C] = shape;
    return { label, dtype, grid: { F, H, W, C }, place };
  }
  const [F, S, C] = shape;
  const [H, W] = grid ?? [1, 1];
  if (H * W !== S) {
    const extra = S - H * W;
    const why =
      extra > 0 && extra < 9
        ? `: leave out ${extra === 1 ? "the token" : `the ${extra} tokens`} that belong to no place`
        : "";
    throw new Error(`tensor "${tensor}" has ${S} tokens a frame and the grid of ${H}×${W} has ${H * W}${why}`);
  }
  return { label, dtype, grid: { F, H, W, C }, place };
}

function parseGrid(text: string): readonly [number, number] {
  const parts = /^\s*(\d{1,6})\s*[x×,]\s*(\d{1,6})\s*$/.exec(text);
  const [H, W] = [Number(parts?.[1]), Number(parts?.[2])];
  if (!(H >= 1 && W >= 1))
    throw new Error(`metadata "grid" must be rows x columns as in "10x15", got "${text.slice(0, MAX_NAME)}"`);
  return [H, W];
}

/** How S tokens may lie: every H×W, the nearest to the picture's shape first. */
function gridsOf(
  S: number,
  picture: { readonly width: number; readonly height: number } | null,
): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [];
  for (let H = 1; H <= S; H++) if (S % H === 0) pairs.push([H, S / H]);
  const wanted = picture ? Math.log(picture.height / picture.width) : 0;
  const distance = ([H, W]: readonly [number, number]) => Math.abs(Math.log(H / W) - wanted);
  return pairs.sort((a, b) => distance(a) - distance(b));
}

/** The frames that the file carries; `fps` null where nobody has said it. */
function innerFrames({ tensors, metadata }: SafetensorsHeader, answers: FeatureAnswers | null) {
  const place = tensors.get("frames");
  if (!place) return null;
  const { dtype, shape } = place;
  if (dtype !== "U8" || shape.length !== 4 || shape[3] !== 3 || shape.includes(0)) {
    throw new Error(`tensor "frames" must be U8 [F, height, width, 3], got ${dtype} [${shape}]`);
  }
  const [count, height, width] = shape;
  if (Math.min(height, width) < 16)
    throw new Error(`tensor "frames" is ${width}×${height} px, and a side must have 16 or more`);
  const said = metadata.fps === undefined ? rateOf(metadata, count) : positive("fps", metadata.fps);
  return { count, height, width, fps: said ?? answers?.fps ?? null, place };
}

function positive(key: string, text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!(value > 0 && value < 1e6))
    throw new Error(`metadata "${key}" must be a number over 0, got "${text.slice(0, MAX_NAME)}"`);
  return value;
}

/** Frames a second by the times of as many features; null where none are given. */
function rateOf(
  { frame_times_s: times, frame_indices: indices }: Readonly<Record<string, string>>,
  count: number,
): number | null {
  if (times === undefined || indices !== undefined || times.split(",").length !== count || count < 2) return null;
  const values = ascending("frame_times_s", numbersOf("frame_times_s", times, count), "later");
  return (count - 1) / (values[count - 1] - values[0]);
}

/** The moments that the file gives, by times or by the frames inside; null where it gives none. */
function momentsOf(
  metadata: Readonly<Record<string, string>>,
  F: number,
  inner: { readonly count: number; readonly fps: number | null } | null,
): readonly number[] | null {
  // As many frames inside as features: they are the moments, whatever else is said.
  const one = inner?.count === F && metadata.frame_indices === undefined;
  if (metadata.frame_times_s !== undefined && !one) {
    return ascending("frame_times_s", numbersOf("frame_times_s", metadata.frame_times_s, F), "later");
  }
  if (!inner) return null;
  const indices =
    metadata.frame_indices === undefined
      ? Array.from({ length: F }, (_, i) => i)
      : ascending("frame_indices", numbersOf("frame_indices", metadata.frame_indices, F), "higher");
  if (metadata.frame_indices === undefined && inner.count !== F) {
    throw new Error(
      `the features have ${F} frames and tensor "frames" has ${inner.count}: say in metadata "frame_indices" which ${F} of them these are`,
    );
  }
  const beyond = indices.find((index) => !Number.isInteger(index) || index >= inner.count);
  if (beyond !== undefined) {
    throw new Error(`metadata "frame_indices" must count the ${inner.count} frames from 0, got ${beyond}`);
  }
  const { fps } = inner;
  return fps === null ? null : indices.map((index) => index / fps);
}

function numbersOf(key: string, text: string, F: number): number[] {
  const values = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (values.length !== F)
    throw new Error(`metadata "${key}" must list ${F} numbers, one a frame, got ${values.length}`);
  return values;
}

function ascending(key: string, values: readonly number[], more: string): readonly number[] {
  const bad = values.findIndex(
    (value, i) => !(value >= (i === 0 ? 0 : values[i - 1]) && Number.isFinite(value)) || value === values[i - 1],
  );
  if (bad >= 0) {
    const before = bad === 0 ? "0 or more" : `${more} than ${values[bad - 1]}`;
    throw new Error(
      `metadata "${key}" must rise from frame to frame: frame ${bad} has ${values[bad]}, and must have ${before}`,
    );
  }
  return values;
}

function checkAnswers({ grid, fps, startS }: FeatureAnswers): void {
  const [H, W] = grid;
  if (![H, W].every((side) => Number.isInteger(side) && side >= 1))
    throw new Error(`a grid has whole rows and columns, got ${H}×${W}`);
  if (!(fps > 0 && Number.isFinite(fps))) throw new Error(`frames a second must be over 0, got ${fps}`);
  if (!(startS >= 0 && Number.isFinite(startS)))
    throw new Error(`the first frame must be at 0 s or later, got ${startS}`);
}

/**
 * A layer's features as float32, [F, H, W, C].
 * @throws Error where a value is not finite, naming it and where it is; RangeError where they are too many, or memory is short
 */
export async function readLayer(file: Blob, { dtype, grid, place }: FeatureLayer): Promise<Float32Array<ArrayBuffer>> {
  const remedy = "write it in F16, of fewer frames or of larger tokens";
  const data = toFloat32(dtype, (await readBytes(file.slice(place.begin, place.end), "the tensor", remedy)).buffer);
  const bad = firstNotFinite(data);
  if (bad >= 0) {
    const { H, W, C } = grid;
    const [frame, row, col] = [Math.floor(bad / (H * W * C)), Math.floor(bad / (W * C)) % H, Math.floor(bad / C) % W];
    throw new Error(
      `the features hold ${data[bad]} at frame ${frame}, row ${row}, column ${col}, channel ${bad % C}: every value must be finite`,
    );
  }
  return data;
}

/** -1: none. A loop of its own, since a callback for each of 30 million values takes a second. */
function firstNotFinite(data: Float32Array): number {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return i;
  return -1;
}
