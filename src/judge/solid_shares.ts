/** How much of each pixel a solid's colour covers, and what of a frame is no colour that the sentence names. */
import { chroma, PALETTE } from "../world/palette.ts";
import type { Colour } from "../world/types.ts";
import { dilate, PIXELS, smooth } from "./fluid_shares.ts";

/** The chroma of one frame, [64, 64] each. */
export interface Chroma {
  readonly u: Float32Array;
  readonly v: Float32Array;
  /** Means over 3×3: pixel noise a third as strong. */
  readonly smoothU: Float32Array;
  readonly smoothV: Float32Array;
}

export const chromaOf = (colour: Colour): readonly [u: number, v: number] => chroma(...PALETTE[colour]);

/** @param pixels U8 [64, 64, 3] */
export function frameChroma(pixels: Uint8Array): Chroma {
  const u = new Float32Array(PIXELS);
  const v = new Float32Array(PIXELS);
  for (let i = 0; i < PIXELS; i++) {
    const [r, g, b] = [pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]];
    u[i] = r - g;
    v[i] = (r + g) / 2 - b;
  }
  return { u, v, smoothU: smooth(u), smoothV: smooth(v) };
}

/** Of a pixel's share, in its 3×3 mean: a colour is near. */
const NEAR = 0.3;
/** Pixels from there within which its edges lie. */
const REACH = 2;
/** Chroma units of a 3×3 mean below which nothing is near: under 0.3 of the palest colour. */
const FAINTEST = 25;
/** Means of the one and of the other colour from which a pixel lies inside the one. */
const FULL = 0.8;
const REST = 0.25;

/**
 * Shares of one or two colours, [64, 64] each, 0 where the colour isn't near. Where one colour is alone its share is a projection.
 * Two unknowns are solved for only where both are near and neither fills the neighbourhood: with similar colours (orange and
 * yellow) that doubles the noise, with opposite ones (orange and blue) it is five times as strong.
 */
export function sharesOf({ u, v, smoothU, smoothV }: Chroma, colours: readonly Colour[]): Float32Array[] {
  const axes = colours.map(chromaOf);
  const means = axes.map(() => new Float32Array(PIXELS));
  for (let i = 0; i < PIXELS; i++) {
    if (smoothU[i] * smoothU[i] + smoothV[i] * smoothV[i] < FAINTEST * FAINTEST) continue;
    const mean = solve(axes, smoothU[i], smoothV[i]);
    for (let k = 0; k < axes.length; k++) means[k][i] = mean[k];
  }
  const near = means.map((mean) =>
    dilate(
      Uint8Array.from(mean, (share) => (share > NEAR ? 1 : 0)),
      REACH,
    ),
  );
  return axes.map((axis, k) => {
    const share = new Float32Array(PIXELS);
    const [own, other] = [means[k], means[1 - k]];
    for (let i = 0; i < PIXELS; i++) {
      if (!near[k][i]) continue;
      if (!other || !near[1 - k][i] || (own[i] > FULL && Math.abs(other[i]) < REST)) {
        share[i] = projection(axis, u[i], v[i]);
      } else if (!(other[i] > FULL && Math.abs(own[i]) < REST)) share[i] = solve(axes, u[i], v[i])[k];
    }
    return share;
  });
}

const projection = ([p, q]: readonly [number, number], u: number, v: number): number =>
  (u * p + v * q) / (p * p + q * q);

/** Shares of the one or two colours in a chroma. */
function solve(axes: readonly (readonly [number, number])[], u: number, v: number): readonly number[] {
  const [a, b] = axes;
  if (!b) return [projection(a, u, v)];
  const area = a[0] * b[1] - a[1] * b[0];
  return [(u * b[1] - v * b[0]) / area, (a[0] * v - a[1] * u) / area];
}

/** Chroma units from anything that the sentence's colours and grey can make; half the way between neighbours of the palette. */
const STRANGE = 40;

/** Pixels [64, 64] whose 3×3 mean is a colour that the sentence's one or two colours cannot mix. */
export function strangePixels({ smoothU, smoothV }: Chroma, colours: readonly Colour[]): Uint8Array {
  const corners = [[0, 0] as const, ...colours.map(chromaOf)];
  const strange = new Uint8Array(PIXELS);
  for (let i = 0; i < PIXELS; i++) {
    const [u, v] = [smoothU[i], smoothV[i]];
    if (u * u + v * v > STRANGE * STRANGE && distanceTo(corners, u, v) > STRANGE) strange[i] = 1;
  }
  return strange;
}

/** From a point to the segment or triangle with these corners. */
function distanceTo(corners: readonly (readonly [number, number])[], x: number, y: number): number {
  let least = Number.POSITIVE_INFINITY;
  let sides = 0;
  for (let k = 0; k < corners.length; k++) {
    const [ax, ay] = corners[k];
    const [bx, by] = corners[(k + 1) % corners.length];
    const [dx, dy] = [bx - ax, by - ay];
    const along = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)));
    least = Math.min(least, Math.hypot(x - ax - along * dx, y - ay - along * dy));
    sides += Math.sign(dx * (y - ay) - dy * (x - ax));
  }
  return corners.length > 2 && Math.abs(sides) === corners.length ? 0 : least;
}
