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
export interface Crossing {
  /** px² of the step, of what was out of the frame before it. */
  readonly enters: number;
  /** … and of what is out of it after. */
  readonly leaves: number;
  /** [64, 64]: where it moves, and the pixels beside. */
  readonly at: Uint8Array;
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
const LAGS = [1, 2] as const;

/** Chroma units by which a mean over 5×5 pixels must change to count as motion: rounding and a decoder's flicker stay below. */
const LEAST = 4;
/** … and standard deviations of the clip's own noise in that mean. */
const DOUBTS = 5;
/** Of σ, in a difference of two means of means over 3×3 pixels. */
const SMOOTHED = 0.235 * Math.SQRT2;
/** Chroma from which a pixel lies inside a body. */
const COLOURED = 70;

/** Share of the typical chroma from which a pixel shows a body that moves across the frame's edge, however pale it is. */
const PALE = 0.3;
/** Of what is out of the frame no more is seen than so many pixels, or this share of what is seen on the other side of the step. */
const OUT = { pixels: 10, share: 0.2 } as const;

const onEdge = (i: number): boolean => i < SIZE || i >= PIXELS - SIZE || i % SIZE === 0 || i % SIZE === SIZE - 1;

function crossingOf(t: number, { chroma, noise, moving }: Measured, contrast: number): Crossing | null {
  const [before, after] = [chroma[t], chroma[t + 1]];
  const shows = ({ smoothU, smoothV }: Chroma, i: number) =>
    smoothU[i] * smoothU[i] + smoothV[i] * smoothV[i] >= PALE * PALE * contrast;
  const coloured = moving[t].map((is, i) => (is && (shows(before, i) || shows(after, i)) ? 1 : 0));
  const parts = components(coloured, 1).filter((part) => part.some(onEdge));
  if (parts.length === 0) return null;
  const counted = parts.map((part) => {
    const [was, is] = [before, after].map((chroma) => part.filter((i) => shows(chroma, i)).length);
    return { part, was, is };
  });
  const out = (here: number, there: number) => here <= Math.max(OUT.pixels, OUT.share * there);
  const round = (found: typeof counted) => {
    const at = new Uint8Array(PIXELS);
    for (const { part } of found) for (const i of part) at[i] = 1;
    return dilate(at);
  };
  const changed = (at: Uint8Array) => {
    let sum = 0;
    for (let i = 0; i < PIXELS; i++)
      if (at[i]) sum += (after.u[i] - before.u[i]) ** 2 + (after.v[i] - before.v[i]) ** 2 - 2 * noise;
    return Math.max(0, sum) / contrast;
  };
  return {
    enters: changed(round(counted.filter(({ was, is }) => out(was, is)))),
    leaves: changed(round(counted.filter(({ was, is }) => out(is, was)))),
    at: round(counted),
  };
}

/** @param dry whether nothing but bodies moves: liquids may lie at the frame's edge throughout, and cross nothing */
export function changeOf(chroma: readonly Chroma[], dry = false): Change {
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
  const crossings = moving.map((_, t) => (dry ? crossingOf(t, measured, contrast) : null));
  return {
    steps: steps.map(({ area }) => area),
    stepDoubts: steps.map(({ doubt }) => doubt),
    crossings,
    bends: LAGS.map((lag) =>
      Array.from({ length: Math.max(0, chroma.length - 2 * lag) }, (_, i) =>
        bendAt(measured, i + lag, lag, crossings.slice(i, i + 2 * lag)),
      ),
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
  /** … without what crosses the frame's edge, which takes its edges with it. */
  readonly whole: readonly [number, number, number];
  readonly pixels: number;
  /** Standard deviations, by the clip's own noise: of the `bend`, and of one of the `edges`. */
  readonly doubts: { readonly bend: number; readonly edges: number };
}

function bendAt(
  { chroma, noise, moving }: Measured,
  t: number,
  lag: number,
  crossings: readonly (Crossing | null)[],
): Bend {
  const is = new Uint8Array(PIXELS);
  for (const one of moving.slice(t - lag, t + lag)) for (let i = 0; i < PIXELS; i++) is[i] |= one[i];
  const crosses = crossedIn(is, crossings);
  const [before, now, after] = [chroma[t - lag], chroma[t], chroma[t + lag]];
  let [bend, change, pixels] = [0, 0, 0];
  let [edgesBefore, edgesNow, edgesAfter] = [0, 0, 0];
  let [crossed, crossedBefore, crossedNow, crossedAfter] = [0, 0, 0, 0];
  for (let y = 1; y < SIZE - 1; y++) {
    for (let i = y * SIZE + 1; i < (y + 1) * SIZE - 1; i++) {
      if (!is[i]) continue;
      pixels++;
      bend += (before.u[i] - 2 * now.u[i] + after.u[i]) ** 2;
      bend += (before.v[i] - 2 * now.v[i] + after.v[i]) ** 2;
      change += (after.u[i] - before.u[i]) ** 2;
      change += (after.v[i] - before.v[i]) ** 2;
      const steepBefore = steepness(before.u, i) + steepness(before.v, i);
      const steepNow = steepness(now.u, i) + steepness(now.v, i);
      const steepAfter = steepness(after.u, i) + steepness(after.v, i);
      edgesBefore += steepBefore;
      edgesNow += steepNow;
      edgesAfter += steepAfter;
      if (!crosses?.[i]) continue;
      crossed++;
      crossedBefore += steepBefore;
      crossedNow += steepNow;
      crossedAfter += steepAfter;
    }
  }
  const grain = pixels * noise;
  const edges = [edgesBefore - grain, edgesNow - grain, edgesAfter - grain] as const;
  const gone = crossed * noise;
  return {
    bend: bend - 6 * grain,
    change: change - 2 * grain,
    edges,
    whole: [edges[0] - (crossedBefore - gone), edges[1] - (crossedNow - gone), edges[2] - (crossedAfter - gone)],
    pixels,
    doubts: { bend: doubtOf(6, noise, pixels, bend - 6 * grain), edges: doubtOf(1, noise, pixels, edges[1]) },
  };
}

/** [64, 64]: all the way of what crosses the frame's edge at any time; null where nothing does. */
function crossedIn(moving: Uint8Array, crossings: readonly (Crossing | null)[]): Uint8Array | null {
  const at = crossings.flatMap((one) => (one ? [one.at] : []));
  if (at.length === 0) return null;
  const all = new Uint8Array(PIXELS);
  for (const part of components(moving, 1))
    if (part.some((i) => at.some((is) => is[i]))) for (const i of part) all[i] = 1;
  return all;
}

/** Squared slope at pixel i, per px². */
const steepness = (plane: Float32Array, i: number): number =>
  ((plane[i + 1] - plane[i - 1]) ** 2 + (plane[i + SIZE] - plane[i - SIZE]) ** 2) / 4;
