/** Where the bodies of a clip are, by their colours alone; models/pretrain/data/centres.py is its twin. */
import { chroma, PALETTE } from "../world/render/palette.ts";
import { CLIP, type Colour } from "../world/types.ts";

const PIXELS = CLIP.size ** 2;
/** 8-bit grain and a student's blur are no body. */
const LEAST_SHARE = 0.25;
/** px²: of less nothing is said. */
const LEAST_AREA = 4;

/** Shares [K] of a pixel's chroma that one or two colours explain, by least squares. */
function sharesOf(u: number, v: number, axes: readonly (readonly [number, number])[]): number[] {
  const alone = axes.map(([p, q]) => (u * p + v * q) / (p * p + q * q));
  let found = alone;
  if (axes.length === 2) {
    const [[a, b], [c, d]] = axes;
    const area = a * d - b * c;
    found = [(u * d - v * c) / area, (v * a - u * b) / area];
    // Where one share is negative the other body explains the pixel alone.
    found = found.map((share, k) => (found[1 - k] < 0 ? alone[k] : share));
  }
  return found.map((share) => (share < LEAST_SHARE ? 0 : Math.min(share, 1)));
}

/** Centroids [16, K, 2] px of what is seen of each body of frames U8 [16, 64, 64, 3]; NaN where less than 4 px² of it is seen. */
export function colourCentres(frames: Uint8Array, colours: readonly Colour[]): Float64Array {
  const axes = colours.map((colour) => chroma(...PALETTE[colour]));
  const centres = new Float64Array(CLIP.frames * colours.length * 2);
  for (let t = 0; t < CLIP.frames; t++) {
    const sums = colours.map(() => ({ area: 0, x: 0, y: 0 }));
    for (let i = 0; i < PIXELS; i++) {
      const at = (t * PIXELS + i) * 3;
      const [u, v] = chroma(frames[at], frames[at + 1], frames[at + 2]);
      for (const [k, share] of sharesOf(u, v, axes).entries()) {
        sums[k].area += share;
        sums[k].x += share * ((i % CLIP.size) + 0.5);
        sums[k].y += share * (Math.floor(i / CLIP.size) + 0.5);
      }
    }
    for (const [k, { area, x, y }] of sums.entries()) {
      const at = (t * colours.length + k) * 2;
      const seen = area >= LEAST_AREA;
      centres[at] = seen ? x / area : Number.NaN;
      centres[at + 1] = seen ? y / area : Number.NaN;
    }
  }
  return centres;
}

/** What a body counts that a made clip lacks where the real one has it: a quarter of the side, px. */
export const LOST_PX = CLIP.size / 4;
/** The frames of the first token frame, which may be given, do not count. */
const FIRST = 4;

/** Of the bodies that a real clip shows, one in each of frames 4 … 15: how many, and how many of them a made clip shows too. */
export interface BodiesSeen {
  readonly sought: number;
  readonly seen: number;
}

/**
 * Mean distance in px from the real clip's centroids over frames 4 … 15 and bodies, both [16, K, 2] and read by colour; 0 where the
 * real clip shows none.
 */
export function centreError(
  made: Float64Array,
  real: Float64Array,
): { readonly px: number; readonly bodies: BodiesSeen } {
  const frame = real.length / CLIP.frames;
  let [sum, sought, seen] = [0, 0, 0];
  for (let at = FIRST * frame; at < real.length; at += 2) {
    if (Number.isNaN(real[at])) continue;
    const distance = Math.hypot(made[at] - real[at], made[at + 1] - real[at + 1]);
    const isLost = Number.isNaN(distance);
    sum += isLost ? LOST_PX : distance;
    if (!isLost) seen++;
    sought++;
  }
  return { px: sought === 0 ? 0 : sum / sought, bodies: { sought, seen } };
}

/** The clip whose later frames all repeat the fourth: the baseline that knows no motion. */
export function stillClip(frames: Uint8Array): Uint8Array<ArrayBuffer> {
  const still = new Uint8Array(frames);
  const size = 3 * PIXELS;
  for (let t = FIRST; t < CLIP.frames; t++) still.copyWithin(t * size, (FIRST - 1) * size, FIRST * size);
  return still;
}
