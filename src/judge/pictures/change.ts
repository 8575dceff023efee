/**
 * How a clip's pictures change, by chroma alone: textures and light are neutral and drop out, so what is left is where coloured bodies
 * are. Sums of squares are less what the clip's own pixel noise adds to them, so that a grainy clip measures like a clean one.
 */

import { CLIP } from "../../world/types.ts";
import { components } from "../components.ts";
import { dilate, noiseOf, PIXELS, smooth } from "../fluid/shares.ts";
import type { Chroma } from "../solid/shares.ts";

const { size: SIZE } = CLIP;

export interface Change {
  /** Per frame t, px²: how much of the picture differs between frames t and t + 1, as the area of a body that comes or goes. */
  readonly steps: readonly number[];
  /** … and what the clip's own noise may do to it by chance, as a standard deviation. */
  readonly stepDoubts: readonly number[];
  /** Per frame t: what crosses the frame's edge between frames t and t + 1; null where nothing does. */
  readonly crossings: readonly (Crossing | null)[];
  /** How the pictures bend one frame and two frames apart: per lag, of frames lag ≤ t < T − lag. */
  readonly bends: readonly (readonly Bend[])[];
  /** Squared chroma of a typical body in the clip: a pixel that a body leaves or enters changes by this. */
  readonly contrast: number;
  /** Variance of a pixel's noise, u and v together. */
  readonly noise: number;
}

/** Something coloured that moves across the frame's edge, so that less and less of it is seen, or more. */
interface Crossing {
  /** px² of the step, of what was out of the frame before it. */
  readonly enters: number;
  /** … and of what is out of it after. */
  readonly leaves: number;
}

interface Measured {
  /** Per frame. */
  readonly chroma: readonly Chroma[];
  /** Variance of a pixel's noise, u and v together: what the pixels do in which nothing ever moves. */
  readonly noise: number;
  /** Per frame t, [64, 64]: what differs clearly between frames t and t + 1, and its neighbours. */
  readonly moving: readonly Uint8Array[];
  /** [64, 64]: where anything moves at any time. */
  readonly ever: Uint8Array;
}

/** Frames apart. */
export const LAGS = [1, 2] as const;

/** Chroma units by which a mean over 5×5 pixels must change to count as motion: rounding and a decoder's flicker stay below. */
const LEAST = 4;
/** … and standard deviations of the clip's own noise in that mean. */
const DOUBTS = 5;
/** Of σ, in a difference of two means of means over 3×3 pixels. */
const SMOOTHED = 0.235 * Math.SQRT2;
/** Chroma from which a pixel lies inside a body. */
const COLOURED = 70;

/** Pixels that lie at the frame's edge. */
const EDGE = new Set(
  Array.from({ length: PIXELS }, (_, i) => i).filter((i) => {
    const [x, y] = [i % SIZE, Math.floor(i / SIZE)];
    return x === 0 || y === 0 || x === SIZE - 1 || y === SIZE - 1;
  }),
);

/** Coloured pixels of which no more may be left of what is out of the frame. */
const OUT = 10;

const coloured = ({ smoothU, smoothV }: Chroma, i: number): boolean =>
  smoothU[i] * smoothU[i] + smoothV[i] * smoothV[i] >= COLOURED * COLOURED;

function crossingOf(moving: Uint8Array, before: Chroma, after: Chroma, contrast: number): Crossing | null {
  const seen = moving.map((is, i) => (is && (coloured(before, i) || coloured(after, i)) ? 1 : 0));
  const parts = components(seen, 1).filter((part) => part.some((i) => EDGE.has(i)));
  if (parts.length === 0) return null;
  const of = (chroma: Chroma) => {
    const out = parts.filter((part) => part.filter((i) => coloured(chroma, i)).length <= OUT).flat();
    const is = new Uint8Array(PIXELS);
    for (const i of out) is[i] = 1;
    const changed = dilate(is).reduce(
      (sum, near, i) => (near ? sum + (after.u[i] - before.u[i]) ** 2 + (after.v[i] - before.v[i]) ** 2 : sum),
      0,
    );
    return changed / contrast;
  };
  return { enters: of(before), leaves: of(after) };
}

export function changeOf(chroma: readonly Chroma[]): Change {
  const [first] = chroma;
  const grain = noiseOf(first.u, first.smoothU);
  const least = Math.max(LEAST, DOUBTS * SMOOTHED * grain);
  const wide = chroma.map(({ smoothU, smoothV }) => [smooth(smoothU), smooth(smoothV)] as const);
  const moving = wide.slice(1).map(([u, v], t) => {
    const [beforeU, beforeV] = wide[t];
    const is = new Uint8Array(PIXELS);
    for (let i = 0; i < PIXELS; i++) {
      const du = u[i] - beforeU[i];
      const dv = v[i] - beforeV[i];
      if (du * du + dv * dv > least * least) is[i] = 1;
    }
    return dilate(is);
  });
  const ever = new Uint8Array(PIXELS);
  for (const is of moving) for (let i = 0; i < PIXELS; i++) ever[i] |= is[i];
  const measured = { chroma, noise: noiseIn(chroma, ever) ?? 1.75 * grain * grain, moving, ever };
  const contrast = contrastOf(chroma);
  const steps = stepsOf(measured, contrast);
  return {
    steps: steps.map(({ area }) => area),
    stepDoubts: steps.map(({ doubt }) => doubt),
    crossings: moving.map((is, t) => crossingOf(is, chroma[t], chroma[t + 1], contrast)),
    bends: LAGS.map((lag) =>
      Array.from({ length: Math.max(0, chroma.length - 2 * lag) }, (_, i) => bendAt(measured, i + lag, lag)),
    ),
    contrast,
    noise: measured.noise,
  };
}

/** Fewer pixels in which nothing moves say too little about the noise. */
const LEAST_STILL = 400;

function noiseIn(chroma: readonly Chroma[], ever: Uint8Array): number | null {
  const still = Array.from({ length: PIXELS }, (_, i) => i).filter((i) => !ever[i]);
  if (still.length < LEAST_STILL) return null;
  let sum = 0;
  for (let t = 1; t < chroma.length; t++) {
    const [{ u, v }, before] = [chroma[t], chroma[t - 1]];
    for (const i of still) sum += (u[i] - before.u[i]) ** 2 + (v[i] - before.v[i]) ** 2;
  }
  return sum / (2 * (chroma.length - 1) * still.length);
}

function contrastOf(chroma: readonly Chroma[]): number {
  let [sum, count] = [0, 0];
  for (let t = 0; t < chroma.length; t += 5) {
    const { smoothU, smoothV } = chroma[t];
    for (let i = 0; i < PIXELS; i++) {
      const size = smoothU[i] * smoothU[i] + smoothV[i] * smoothV[i];
      if (size < COLOURED * COLOURED) continue;
      sum += size;
      count++;
    }
  }
  return count > 0 ? sum / count : COLOURED * COLOURED;
}

function stepsOf({ chroma, noise, ever }: Measured, contrast: number): { area: number; doubt: number }[] {
  return chroma.slice(1).map(({ u, v }, t) => {
    const before = chroma[t];
    let [sum, pixels] = [0, 0];
    for (let i = 0; i < PIXELS; i++) {
      if (!ever[i]) continue;
      pixels++;
      const [du, dv] = [u[i] - before.u[i], v[i] - before.v[i]];
      sum += du * du + dv * dv;
    }
    const change = Math.max(0, sum - 2 * noise * pixels);
    return { area: change / contrast, doubt: doubtOf(2, noise, pixels, change) / contrast };
  });
}

/**
 * Standard deviation of a sum of squares, over so many pixels, of differences in which the pixel's noise counts `times` (in a second
 * difference 1 + 4 + 1): of the noise's own squares, and of its products with the differences, whose squares sum to `clean`.
 */
const doubtOf = (times: number, noise: number, pixels: number, clean: number): number =>
  Math.sqrt(times * noise * (times * noise * pixels + 2 * Math.max(0, clean)));

/** Sums over what moves round frame t, between it and the frames `lag` before and after. */
export interface Bend {
  /** Of squared second differences in time. */
  readonly bend: number;
  /** Of squared differences between the frame before and the frame after. */
  readonly change: number;
  /** Of squared differences in space, per px², of the frame before, of t and of the frame after. */
  readonly edges: readonly [number, number, number];
  readonly pixels: number;
  /** Standard deviations, by the clip's own noise: of the `bend`, and of one of the `edges`. */
  readonly doubts: { readonly bend: number; readonly edges: number };
}

function bendAt({ chroma, noise, moving }: Measured, t: number, lag: number): Bend {
  const is = new Uint8Array(PIXELS);
  for (const one of moving.slice(t - lag, t + lag)) for (let i = 0; i < PIXELS; i++) is[i] |= one[i];
  const [before, now, after] = [chroma[t - lag], chroma[t], chroma[t + lag]];
  let [bend, change, pixels] = [0, 0, 0];
  let [edgesBefore, edgesNow, edgesAfter] = [0, 0, 0];
  for (let y = 1; y < SIZE - 1; y++) {
    for (let i = y * SIZE + 1; i < (y + 1) * SIZE - 1; i++) {
      if (!is[i]) continue;
      pixels++;
      bend += (before.u[i] - 2 * now.u[i] + after.u[i]) ** 2;
      bend += (before.v[i] - 2 * now.v[i] + after.v[i]) ** 2;
      change += (after.u[i] - before.u[i]) ** 2;
      change += (after.v[i] - before.v[i]) ** 2;
      edgesBefore += steepness(before.u, i);
      edgesBefore += steepness(before.v, i);
      edgesNow += steepness(now.u, i);
      edgesNow += steepness(now.v, i);
      edgesAfter += steepness(after.u, i);
      edgesAfter += steepness(after.v, i);
    }
  }
  const edges = [edgesBefore, edgesNow, edgesAfter];
  const grain = pixels * noise;
  return {
    bend: bend - 6 * grain,
    change: change - 2 * grain,
    edges: [edges[0] - grain, edges[1] - grain, edges[2] - grain],
    pixels,
    doubts: {
      bend: doubtOf(6, noise, pixels, bend - 6 * grain),
      edges: doubtOf(1, noise, pixels, edges[1] - grain),
    },
  };
}

/** Squared slope at pixel i, per px². */
const steepness = (plane: Float32Array, i: number): number =>
  ((plane[i + 1] - plane[i - 1]) ** 2 + (plane[i + SIZE] - plane[i - SIZE]) ** 2) / 4;
