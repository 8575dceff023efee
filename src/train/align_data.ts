import { keptPerFrame, topMask } from "../reference/index.ts";
import type { Random } from "../student/random.ts";
import type { SetTruth } from "./agreement.ts";
import type { Recipe } from "./recipe.ts";

/** A clip to align on: what the student sees of it, the teacher's features, and the truth where it is known. */
export interface AlignData {
  readonly grid: { readonly F: number; readonly H: number; readonly W: number };
  /** Side in pixels of the patches that the student sees; null where it sees the features of another model. */
  readonly patch: number | null;
  /** Channels of what it sees: 3 · p · p of raw pixels, or those of the features. */
  readonly inputs: number;
  /** [F, H, W, inputs]: raw pixels of every token in [0, 1], as `tubelets` cuts them, or features. */
  readonly seen: Float32Array;
  /** Frames that share their tokens, as the teacher cuts them. */
  readonly tubelet: number;
  /** Motion saliency [F, H, W], by the teacher's tubelets. */
  readonly motion: ArrayLike<number>;
  /** [F, H, W, C] */
  readonly teacher: Float32Array<ArrayBuffer>;
  readonly C: number;
  /** Where the tokens of frame `first` truly are in `count` frames from there, [S, count, 2]; null without truth. */
  truthOf(first: number, count: number): SetTruth | null;
  /** Where one token truly is in every frame, [F, 2]; null without truth. */
  trackOf(frame: number, row: number, col: number): Float32Array<ArrayBuffer> | null;
}

/**
 * What the student is shown: of raw pixels each colour's mean over its patch removed, of features each channel's mean over the frames
 * that are trained on; then all divided by their standard deviation over those frames, so that the first layer starts in SiLU's bend.
 * @returns [F, H, W, inputs]
 */
export function studentInput(data: AlignData, [first, last]: Recipe["trainFrames"]): Float32Array<ArrayBuffer> {
  const { inputs: D, patch, grid } = data;
  const S = grid.H * grid.W;
  const [from, to] = [first * S * D, (last + 1) * S * D];
  const out = patch === null ? lessChannelMeans(data.seen, D, from, to) : lessPatchMeans(data.seen, patch * patch);
  let squares = 0;
  for (let i = from; i < to; i++) squares += out[i] ** 2;
  // A clip of one flat colour has no texture to scale.
  const scale = 1 / Math.max(Math.sqrt(squares / (to - from)), 1e-3);
  return out.map((value) => value * scale);
}

/** Each run of `area` values less its mean: one colour of one patch. */
function lessPatchMeans(values: Float32Array, area: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += area) {
    let mean = 0;
    for (let i = start; i < start + area; i++) mean += values[i] / area;
    for (let i = start; i < start + area; i++) out[i] = values[i] - mean;
  }
  return out;
}

/** Each of D channels less its mean over the rows between two places. */
function lessChannelMeans(values: Float32Array, D: number, from: number, to: number): Float32Array<ArrayBuffer> {
  const means = new Float64Array(D);
  for (let i = from; i < to; i++) means[i % D] += (values[i] * D) / (to - from);
  return Float32Array.from(values, (value, i) => value - means[i % D]);
}

/**
 * The tokens that move most in each frame of the clip, [F, S] of 0 and 1 (docs/method.md section 3).
 * @throws RangeError where nothing moves in the frames that are trained on
 */
export function motionMask({ motion, grid }: AlignData, { rho, trainFrames: [first, last] }: Recipe): Uint32Array {
  const [F, S] = [grid.F, grid.H * grid.W];
  const mask = topMask(motion, F, S, keptPerFrame(rho, F, S));
  if (!mask.subarray(first * S, (last + 1) * S).includes(1)) {
    throw new RangeError(
      `nothing changes in the frames trained on (${first}-${last}), so M-TSA has no query: train on other frames, or with TSA`,
    );
  }
  return mask;
}

/** The windows of a step, each of whole tubelets: [B, 2] of the first frame, and 1 to mirror it. */
export function drawWindows({ batch, trainFrames }: Recipe, tubelet: number, random: Random): Uint32Array<ArrayBuffer> {
  const frames = windowFrames({ batch, trainFrames });
  const places = (trainFrames[1] - trainFrames[0] + 1 - frames) / tubelet + 1;
  const windows = new Uint32Array(2 * batch.windows);
  for (let b = 0; b < batch.windows; b++) {
    windows[2 * b] = trainFrames[0] + tubelet * random.below(places);
    // Drawn either way, so that switching flips on leaves the windows as they were.
    const mirrored = random.next() < 0.5;
    windows[2 * b + 1] = batch.flips && mirrored ? 1 : 0;
  }
  return windows;
}

/** Frames of one window. */
export const windowFrames = ({ batch, trainFrames }: Pick<Recipe, "batch" | "trainFrames">): number =>
  batch.frames || trainFrames[1] - trainFrames[0] + 1;

/** The clip's [F, H, W] values as the windows see them, [B, frames, H, W]. */
export function cutWindows(
  values: ArrayLike<number>,
  windows: Uint32Array,
  frames: number,
  { H, W }: AlignData["grid"],
): Uint8Array {
  const S = H * W;
  const out = new Uint8Array((windows.length / 2) * frames * S);
  for (let i = 0; i < out.length; i++) {
    const frame = Math.floor(i / S);
    const b = Math.floor(frame / frames);
    const x = windows[2 * b + 1] === 1 ? W - 1 - 2 * (i % W) : 0;
    out[i] = values[(windows[2 * b] + (frame % frames)) * S + (i % S) + x];
  }
  return out;
}
