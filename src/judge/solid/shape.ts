/** From the weights of a solid's pixels to its pose, its size, and whether it is a ball or a box. */
import { CLIP } from "../../world/types.ts";
import { PIXELS } from "../fluid/shares.ts";

const { size: SIZE } = CLIP;

/** A ball or a box at a place; px and radians. */
export interface Outline {
  readonly shape: "ball" | "box";
  readonly x: number;
  readonly y: number;
  /** Of a box, in [0, π/2); 0 for a ball. */
  readonly angle: number;
  /** Half width and half height in the body's own frame; a ball has its radius twice. */
  readonly half: readonly [number, number];
}

/** Moments of weights over pixels: all that the fits need. */
export interface Moments {
  readonly area: number;
  readonly x: number;
  readonly y: number;
  /** Central second moments over the area, px². */
  readonly xx: number;
  readonly xy: number;
  readonly yy: number;
  /** Σ w·(dx + i·dy)⁴ / area³: 0 for a disc, −1/60 · e^{4iθ} for a square that is turned by θ. */
  readonly four: readonly [real: number, imaginary: number];
}

export function momentsOf(pixels: readonly number[], weights: Float32Array): Moments {
  let [area, sumX, sumY] = [0, 0, 0];
  for (const i of pixels) {
    const w = weights[i];
    area += w;
    sumX += w * ((i % SIZE) + 0.5);
    sumY += w * (Math.floor(i / SIZE) + 0.5);
  }
  const [x, y] = [sumX / area, sumY / area];
  let [xx, xy, yy, real, imaginary] = [0, 0, 0, 0, 0];
  for (const i of pixels) {
    const w = weights[i];
    const dx = (i % SIZE) + 0.5 - x;
    const dy = Math.floor(i / SIZE) + 0.5 - y;
    xx += w * dx * dx;
    xy += w * dx * dy;
    yy += w * dy * dy;
    const [re, im] = [dx * dx - dy * dy, 2 * dx * dy];
    real += w * (re * re - im * im);
    imaginary += w * 2 * re * im;
  }
  const cube = area * area * area;
  return { area, x, y, xx: xx / area, xy: xy / area, yy: yy / area, four: [real / cube, imaginary / cube] };
}

/** 0 for a disc, 1 for a square, in between for what is hard to tell. */
export const squareness = ({ four: [real, imaginary] }: Moments): number => 60 * Math.hypot(real, imaginary);

export function ballOf({ area, x, y }: Moments): Outline {
  const radius = Math.sqrt(Math.max(0, area) / Math.PI);
  return { shape: "ball", x, y, angle: 0, half: [radius, radius] };
}

/** A pixel's own extent in the second moment of what it samples, px². */
const PIXEL = 1 / 12;

export function boxOf({ area, x, y, xx, xy, yy, four: [real, imaginary] }: Moments): Outline {
  const quarter = Math.PI / 2;
  const turn = (Math.atan2(imaginary, real) + Math.PI) / 4;
  const angle = turn - quarter * Math.floor(turn / quarter);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const along = Math.max(0.1, xx * c * c + 2 * xy * c * s + yy * s * s - PIXEL);
  const across = Math.max(0.1, xx * s * s - 2 * xy * c * s + yy * c * c - PIXEL);
  // The moments give the aspect, the area the size: soft edges widen moments, not area.
  const aspect = Math.sqrt(along / across);
  const side = Math.sqrt(Math.max(0, area)) / 2;
  return { shape: "box", x, y, angle, half: [side * Math.sqrt(aspect), side / Math.sqrt(aspect)] };
}

/** Signed distance from a point to an outline, px; below 0 inside. */
export function distanceTo({ shape, x, y, angle, half }: Outline, px: number, py: number): number {
  const [dx, dy] = [px - x, py - y];
  if (shape === "ball") return Math.sqrt(dx * dx + dy * dy) - half[0];
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const a = Math.abs(dx * c + dy * s) - half[0];
  const b = Math.abs(dy * c - dx * s) - half[1];
  return a <= 0 || b <= 0 ? Math.max(a, b) : Math.sqrt(a * a + b * b);
}

/** Of a pixel's share. Less than this is noise and softness, not another shape. */
const SOFT = 0.2;

/** Intersection over union of an outline with the shares of pixels round it, where they differ by more than softness. */
export function overlap(outline: Outline, pixels: readonly number[], shares: Float32Array): number {
  let [area, lacking, beyond] = [0, 0, 0];
  for (const [k, i] of pixels.entries()) {
    const ideal = Math.max(0, Math.min(1, 0.5 - distanceTo(outline, (i % SIZE) + 0.5, Math.floor(i / SIZE) + 0.5)));
    const apart = (Math.abs(shares[k] - ideal) - SOFT) / (1 - SOFT);
    area += ideal;
    if (apart <= 0) continue;
    if (shares[k] < ideal) lacking += apart;
    else beyond += apart;
  }
  return (area - lacking) / (area + beyond);
}

const CIRCLE = 24;

/** A closed line for drawing, [x₀, y₀, x₁, y₁, …] px. */
export function drawn({ shape, x, y, angle, half }: Outline): number[] {
  if (shape === "ball") {
    return Array.from({ length: 2 * CIRCLE }, (_, i) => {
      const turn = (Math.PI * (i - (i % 2))) / CIRCLE;
      return i % 2 === 0 ? x + half[0] * Math.cos(turn) : y + half[1] * Math.sin(turn);
    });
  }
  return corners({ shape, x, y, angle, half }).flat();
}

/** The four corners of a box. */
export function corners({ x, y, angle, half }: Outline): (readonly [x: number, y: number])[] {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const signs = [[-1, -1] as const, [1, -1] as const, [1, 1] as const, [-1, 1] as const];
  return signs.map(([a, b]) => [x + a * half[0] * c - b * half[1] * s, y + a * half[0] * s + b * half[1] * c]);
}

/** Pixels within one of a part (diagonals too) that no other part claims. */
export function grown(part: readonly number[], taken: Uint8Array): number[] {
  const seen = new Uint8Array(PIXELS);
  const pixels: number[] = [];
  for (const i of part) {
    const [x, y] = [i % SIZE, Math.floor(i / SIZE)];
    for (let b = Math.max(0, y - 1); b <= Math.min(SIZE - 1, y + 1); b++) {
      for (let a = Math.max(0, x - 1); a <= Math.min(SIZE - 1, x + 1); a++) {
        const k = b * SIZE + a;
        if (seen[k]) continue;
        seen[k] = 1;
        pixels.push(k);
      }
    }
  }
  return pixels.filter((i) => !taken[i]);
}
