/** How much of each pixel a solid's colour covers, and what of a frame is no colour that the sentence names. */
import { chroma, PALETTE } from "../../world/render/palette.ts";
import type { Colour } from "../../world/types.ts";
import { dilate, PIXELS, smooth } from "../fluid/shares.ts";

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

/** @param frames U8 [T, 64, 64, 3] */
export const clipChroma = (frames: Uint8Array): Chroma[] =>
  Array.from({ length: frames.length / (3 * PIXELS) }, (_, t) =>
    frameChroma(frames.subarray(3 * PIXELS * t, 3 * PIXELS * (t + 1))),
  );

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
  const solvers = axes.map((_, k) => solver(axes, k));
  const means = solvers.map(([p, q]) => {
    const mean = new Float32Array(PIXELS);
    for (let i = 0; i < PIXELS; i++) {
      const a = smoothU[i];
      const b = smoothV[i];
      if (a * a + b * b > FAINTEST * FAINTEST) mean[i] = a * p + b * q;
    }
    return mean;
  });
  const near = means.map((mean) => dilate(mask(mean, NEAR), REACH));
  return axes.map((axis, k) => {
    const share = new Float32Array(PIXELS);
    const [own, other, otherNear] = [means[k], means[1 - k], near[1 - k]];
    const [alone, both] = [solver([axis], 0), solvers[k]];
    for (let i = 0; i < PIXELS; i++) {
      if (!near[k][i]) continue;
      if (other && otherNear[i]) {
        if (other[i] > FULL && Math.abs(own[i]) < REST) continue;
        if (!(own[i] > FULL && Math.abs(other[i]) < REST)) {
          share[i] = u[i] * both[0] + v[i] * both[1];
          continue;
        }
      }
      share[i] = u[i] * alone[0] + v[i] * alone[1];
    }
    return share;
  });
}

/** Pixels whose value is over a limit. */
export function mask(field: Float32Array, limit: number): Uint8Array {
  const is = new Uint8Array(field.length);
  for (let i = 0; i < is.length; i++) if (field[i] > limit) is[i] = 1;
  return is;
}

/** Weights of u and v that give colour k's share in a chroma of one or two colours. */
function solver(axes: readonly (readonly [number, number])[], k: number): readonly [number, number] {
  const [p, q] = axes[k];
  const other = axes[1 - k];
  if (!other) return [p / (p * p + q * q), q / (p * p + q * q)];
  const area = p * other[1] - q * other[0];
  return [other[1] / area, -other[0] / area];
}

/** Standard deviation of a share on the rim of the first of two colours, where both are solved for, by pixel noise of this variance (u and v together). */
export const rimNoise = (colours: readonly [Colour, Colour], noise: number): number =>
  Math.hypot(...solver(colours.map(chromaOf), 0)) * Math.sqrt(noise / 2);

/** Chroma units from anything that the sentence's colours and grey can make; half the way between neighbours of the palette. */
const STRANGE = 40;

/** Pixels [64, 64] whose 3×3 mean is a colour that the sentence's one or two colours cannot mix. */
export function strangePixels({ smoothU, smoothV }: Chroma, colours: readonly Colour[]): Uint8Array {
  const corners = [[0, 0] as const, ...colours.map(chromaOf)];
  const sides = corners.map(([x, y], k) => {
    const [bx, by] = corners[(k + 1) % corners.length];
    const [dx, dy] = [bx - x, by - y];
    return { x, y, dx, dy, norm: dx * dx + dy * dy };
  });
  const limit = STRANGE * STRANGE;
  /** Whether a point is far from the segment or triangle with these corners. */
  const far = (u: number, v: number): boolean => {
    let inside = 0;
    for (const { x, y, dx, dy, norm } of sides) {
      const [px, py] = [u - x, v - y];
      const along = Math.max(0, Math.min(1, (px * dx + py * dy) / norm));
      const [ex, ey] = [px - along * dx, py - along * dy];
      if (ex * ex + ey * ey <= limit) return false;
      inside += Math.sign(dx * py - dy * px);
    }
    return sides.length < 3 || Math.abs(inside) < sides.length;
  };
  const strange = new Uint8Array(PIXELS);
  for (let i = 0; i < PIXELS; i++) {
    const [u, v] = [smoothU[i], smoothV[i]];
    if (u * u + v * v > limit && far(u, v)) strange[i] = 1;
  }
  return strange;
}
