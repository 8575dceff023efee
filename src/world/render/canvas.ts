/** One frame while it is painted: sRGB bytes before rounding, and who is seen at each pixel's centre. */

import { CLIP, type Rgb } from "../types.ts";
import { SHADE } from "./palette.ts";

const { size } = CLIP;

export interface Canvas {
  /** [64, 64, 3]. */
  readonly rgb: Float32Array;
  /** [64, 64]: 0, or body k + 1. */
  readonly mask: Uint8Array;
}

export const createCanvas = (): Canvas => ({
  rgb: new Float32Array(size * size * 3),
  mask: new Uint8Array(size * size),
});

/** Starts a frame on a grey background [64, 64]. */
export function clear({ rgb, mask }: Canvas, background: Float32Array): void {
  for (let i = 0; i < background.length; i++) rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = background[i];
  mask.fill(0);
}

/** Lays a colour, lit by a neutral offset that is cut to ± SHADE, over `share` of pixel i's area. */
export function paint({ rgb }: Canvas, i: number, colour: Rgb, light: number, share: number): void {
  const offset = Math.max(-SHADE, Math.min(SHADE, light));
  const rest = 1 - share;
  rgb[3 * i] = rgb[3 * i] * rest + (colour[0] + offset) * share;
  rgb[3 * i + 1] = rgb[3 * i + 1] * rest + (colour[1] + offset) * share;
  rgb[3 * i + 2] = rgb[3 * i + 2] * rest + (colour[2] + offset) * share;
}

/** Rounds a frame into its place in the clip. */
export function store({ rgb, mask }: Canvas, frame: number, frames: Uint8Array, masks: Uint8Array): void {
  const at = frame * rgb.length;
  for (let i = 0; i < rgb.length; i++) frames[at + i] = Math.floor(rgb[i] + 0.5);
  masks.set(mask, frame * mask.length);
}

/** 0 below a, 1 above b, a smooth step between. */
export function smooth(a: number, b: number, x: number): number {
  const t = Math.max(0, Math.min(1, (x - a) / (b - a)));
  return t * t * (3 - 2 * t);
}
