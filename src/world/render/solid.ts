/** Balls and boxes: exact area coverage by 8×8 points in the pixels of the outline, a texture that turns with the body, soft light. */

import { cos, sin } from "../exact.ts";
import type { Random } from "../random.ts";
import { CLIP, type Solid } from "../types.ts";
import { type Canvas, paint, smooth } from "./canvas.ts";
import { PALETTE } from "./palette.ts";

const { size } = CLIP;
const POINTS = 8;
/** Light comes from the upper left and towards the viewer. */
const LIGHT = [-0.5, -0.65] as const;

/** How a solid looks in all frames of a clip. */
export interface Look {
  readonly pattern: number;
  /** +1 or −1: which of the two tones of the pattern is light. */
  readonly sign: number;
}

export const drawLook = (random: Random): Look => ({ pattern: random.below(4), sign: random.next() < 0.5 ? 1 : -1 });

/** Paints solid k with its centre at (x, y). */
export function renderSolid(
  canvas: Canvas,
  k: number,
  solid: Pick<Solid, "shape" | "half" | "colour">,
  look: Look,
  pose: { readonly x: number; readonly y: number; readonly angle: number },
): void {
  const { shape, half, colour } = solid;
  const [c, s] = [cos(pose.angle), sin(pose.angle)];
  eachPixelNear(solid, pose, 1, (i, dx, dy) => {
    const [u, v] = [dx * c + dy * s, dy * c - dx * s];
    const distance = signedDistance(shape, half, u, v);
    // A pixel's corners are within 0.71 px of its centre.
    if (distance > 0.75) return;
    const share = distance < -0.75 ? 1 : coverage(shape, half, dx, dy, c, s);
    if (share === 0) return;
    const light = toneAt(look, u / half[0], v / half[1], half[0]) + lightAt(shape, half, dx, dy, distance);
    paint(canvas, i, PALETTE[colour], light, share);
    if (distance <= 0) canvas.mask[i] = k + 1;
  });
}

/** A soft grey shadow on what lies below, for bodies seen from above. */
export function renderShadow(
  canvas: Canvas,
  solid: Pick<Solid, "shape" | "half">,
  pose: { readonly x: number; readonly y: number; readonly angle: number },
): void {
  const below = { x: pose.x + 1.1, y: pose.y + 1.5, angle: pose.angle };
  const [c, s] = [cos(pose.angle), sin(pose.angle)];
  eachPixelNear(solid, below, 3, (i, dx, dy) => {
    const distance = signedDistance(solid.shape, solid.half, dx * c + dy * s, dy * c - dx * s);
    const kept = 1 - 0.26 * smooth(2, -2, distance);
    for (let channel = 0; channel < 3; channel++) canvas.rgb[3 * i + channel] *= kept;
  });
}

function eachPixelNear(
  { shape, half }: Pick<Solid, "shape" | "half">,
  { x, y }: { readonly x: number; readonly y: number },
  margin: number,
  visit: (i: number, dx: number, dy: number) => void,
): void {
  const reach = margin + (shape === "ball" ? half[0] : Math.sqrt(half[0] * half[0] + half[1] * half[1]));
  const bottom = Math.min(size - 1, Math.floor(y + reach));
  const right = Math.min(size - 1, Math.floor(x + reach));
  for (let row = Math.max(0, Math.floor(y - reach)); row <= bottom; row++) {
    for (let column = Math.max(0, Math.floor(x - reach)); column <= right; column++) {
      visit(row * size + column, column + 0.5 - x, row + 0.5 - y);
    }
  }
}

/** Below 0 inside; (u, v) in the body's own frame. */
function signedDistance(shape: Solid["shape"], half: Solid["half"], u: number, v: number): number {
  if (shape === "ball") return Math.sqrt(u * u + v * v) - half[0];
  const [a, b] = [Math.abs(u) - half[0], Math.abs(v) - half[1]];
  if (a <= 0 || b <= 0) return Math.max(a, b);
  return Math.sqrt(a * a + b * b);
}

/** Share of the pixel whose centre lies (dx, dy) from the body's. */
function coverage(shape: Solid["shape"], half: Solid["half"], dx: number, dy: number, c: number, s: number): number {
  let count = 0;
  for (let j = 0; j < POINTS; j++) {
    const y = dy + (j + 0.5) / POINTS - 0.5;
    for (let i = 0; i < POINTS; i++) {
      const x = dx + (i + 0.5) / POINTS - 0.5;
      if (shape === "ball" ? x * x + y * y <= half[0] * half[0] : inBox(half, x * c + y * s, y * c - x * s)) count++;
    }
  }
  return count / (POINTS * POINTS);
}

const inBox = (half: Solid["half"], u: number, v: number): boolean => Math.abs(u) <= half[0] && Math.abs(v) <= half[1];

/** The texture at (u, v) in units of the half size: no pattern looks the same after half a turn. `px` softens its edges to a pixel. */
function toneAt({ pattern, sign }: Look, u: number, v: number, px: number): number {
  const soft = 0.6 / px;
  const step = (x: number) => smooth(-soft, soft, x);
  const dot = (x: number, y: number, r: number) => step(r - Math.sqrt((u - x) * (u - x) + (v - y) * (v - y)));
  const band = (t: number, half: number) => step(half - Math.abs(t));
  switch (pattern) {
    // A bright band with a dark dot on one side.
    case 0:
      return sign * (26 * band(u, 0.24) - 24 * dot(0.62, 0, 0.28));
    // One half darker.
    case 1:
      return sign * 22 * (1 - 2 * step(v));
    // A cross with one arm of the other tone.
    case 2: {
      const cross = Math.max(band(u, 0.2), band(v, 0.2));
      return sign * (26 * cross - 50 * band(u, 0.2) * step(v - 0.2));
    }
    // A light and a dark dot.
    default:
      return sign * 28 * (dot(-0.42, 0, 0.34) - dot(0.42, 0, 0.34));
  }
}

/** Light and rim in the screen's frame: a ball is round, a box has lit and shaded flanks. */
function lightAt(shape: Solid["shape"], half: Solid["half"], dx: number, dy: number, distance: number): number {
  const reach = half[0];
  const slope = (dx * LIGHT[0] + dy * LIGHT[1]) / reach;
  const rim = -14 * smooth(-1.6, -0.2, distance);
  return shape === "ball" ? 14 * slope + rim : 7 * slope + rim;
}
