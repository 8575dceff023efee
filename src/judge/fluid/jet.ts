/**
 * A jet of poured liquid as a clock: as much comes in per frame as the whole grows, so what lies between the mouth and a place on the
 * jet, divided by that rate, is how long the liquid there has been in flight. No two frames need to be matched.
 */
import type { Attributes } from "../../world/language/grammar.ts";
import { traitsOf } from "../../world/language/patterns.ts";
import { CLIP } from "../../world/types.ts";
import { LEAST_AREA, type Liquid } from "./parse.ts";
import { sourceStops } from "./pouring.ts";

const { size: SIZE } = CLIP;

/** px to either side of the jet's middle that belong to it. */
const HALF = 7;
/** px² per px of its length. Less is the front of the jet, and the part behind it, not yet thinned to its width, is left out. */
const THINNEST = 1;
const FRONT = 4;
/** Wider than this share of its narrowest place so far, it has met something; the part before that is left out as well. */
const WIDER = 1.25;
const BEFORE = 3;
/** px² of another liquid beside it. */
const MET = 0.4;
/** px at the mouth that the picture cuts or rounds off. */
const MOUTH = 3;
/** Frames on end whose growth is a rate: the first, since later the liquid runs over things that hide some of it. */
const STEADY = 4;
/** px/frame: the world holds its liquids under 8, so from here on they no longer fall freely. */
const FASTEST = 7.5;
/** px of length, frames of flight and frames of pouring, under which nothing can be told. */
const LEAST_LENGTH = 10;
const LEAST_FLIGHT = 3;
const LEAST_FRAMES = 3;

/** Places on the middle of a jet, from its mouth on, as long as it flies freely. */
export interface Jet {
  /** Frames of flight since the mouth. */
  readonly time: readonly number[];
  /** px. */
  readonly x: readonly number[];
  readonly y: readonly number[];
  /**
   * The fastest growth over the rate: a body hides liquid and so makes growth slower, never faster. By the fastest rate times are
   * shorter by this. 1 where no body hides any.
   */
  readonly faster: number;
  /** Standard deviation of the rate, as a share of it, by the clip's own pixel noise: an acceleration is off by twice that. */
  readonly doubt: number;
}

/** null where too little of it flies freely, or for too short a time. */
export function jetOf(attributes: Attributes, liquid: Liquid, others: readonly Liquid[]): Jet | null {
  const first = liquid.area.findIndex((area) => area >= LEAST_AREA);
  const stop = sourceStops(attributes, liquid);
  if (first < 0 || stop - first < LEAST_FRAMES) return null;
  const growth = growthOf(liquid.area.subarray(first, stop));
  const [rate] = growth;
  if (rate < 2) return null;
  // A slope through 4 values has σ·√(1/5).
  const doubt = liquid.doubt.area[first] * Math.sqrt(0.2);
  const { poured } = traitsOf(attributes);
  const read = reader(poured === "sides" ? liquid.x[first] : null);
  const mouth = traceStart(liquid.shares[first], read);
  /** Per px of length: of every frame, how wide the jet is and where its middle lies. */
  const width: number[][] = [];
  const middle: number[][] = [];
  for (let t = first; t < stop; t++) {
    const beside = others.map(({ shares }) => shares[t]);
    trace(liquid.shares[t], beside, mouth, read).forEach(([wide, centre], i) => {
      width[i] = [...(width[i] ?? []), wide];
      middle[i] = [...(middle[i] ?? []), centre];
    });
  }
  const wide = width.map(mean);
  let end = MOUTH;
  for (let least = Number.POSITIVE_INFINITY; end < wide.length && wide[end] < WIDER * least; end++) {
    least = Math.min(least, wide[end]);
  }
  if (end < wide.length) end -= BEFORE;
  const fast = wide.findIndex((now, i) => i >= MOUTH && now * FASTEST < rate);
  if (fast >= 0) end = Math.min(end, fast);
  if (end - MOUTH < LEAST_LENGTH) return null;
  let since = 0;
  const along = wide.slice(MOUTH, end).map((now, k) => {
    const time = (since + now / 2) / rate;
    since += now;
    return { time, at: read.place(mouth.at + MOUTH + k, mean(middle[MOUTH + k])) };
  });
  if (since / rate < LEAST_FLIGHT) return null;
  return {
    time: along.map(({ time }) => time),
    x: along.map(({ at }) => at[0]),
    y: along.map(({ at }) => at[1]),
    // Of two rates noise alone makes one the larger.
    faster: poured === "above" ? Math.max(1, (Math.max(...growth) - 2 * Math.SQRT2 * doubt) / rate) : 1,
    doubt: doubt / rate,
  };
}

/** How a jet is walked along: from the upper edge downwards, or from the side that it comes from inwards. */
interface Reader {
  /** Index of the pixel `i` px along and `across` px across. */
  pixel(i: number, across: number): number;
  /** x and y, px. */
  place(i: number, across: number): readonly [number, number];
}

function reader(x: number | null): Reader {
  if (x === null) return { pixel: (i, across) => i * SIZE + across, place: (i, across) => [across, i + 0.5] };
  const column = (i: number) => (x < SIZE / 2 ? i : SIZE - 1 - i);
  return { pixel: (i, across) => across * SIZE + column(i), place: (i, across) => [column(i) + 0.5, across] };
}

interface Start {
  /** px along. */
  readonly at: number;
  /** px across. */
  readonly centre: number;
}

/** Where a jet comes in, by the first frame that shows it. */
function traceStart(share: Float32Array, { pixel }: Reader): Start {
  for (let at = 0; at < SIZE; at++) {
    let [wide, moment] = [0, 0];
    for (let across = 0; across < SIZE; across++) {
      wide += share[pixel(at, across)];
      moment += share[pixel(at, across)] * (across + 0.5);
    }
    if (wide >= THINNEST) return { at, centre: moment / wide };
  }
  return { at: SIZE, centre: SIZE / 2 };
}

/** Of one frame, for each px along: the jet's width and middle, from its mouth to where it ends or meets another liquid. */
function trace(
  share: Float32Array,
  others: readonly Float32Array[],
  start: Start,
  { pixel }: Reader,
): (readonly [number, number])[] {
  const line: (readonly [number, number])[] = [];
  let { centre } = start;
  for (let i = start.at; i < SIZE; i++) {
    const from = Math.max(0, Math.round(centre) - HALF);
    const to = Math.min(SIZE, Math.round(centre) + HALF);
    let [wide, moment, met] = [0, 0, 0];
    for (let across = from; across < to; across++) {
      const here = share[pixel(i, across)];
      wide += here;
      moment += here * (across + 0.5);
      for (const other of others) met += other[pixel(i, across)];
    }
    if (met > MET) return line.slice(0, -BEFORE);
    if (wide < THINNEST) return line.slice(0, -FRONT);
    centre = moment / wide;
    line.push([wide, centre]);
  }
  return line;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** px² per frame over each `STEADY` frames on end; over all where there are fewer. */
function growthOf(area: Float64Array): number[] {
  const span = Math.min(STEADY, area.length);
  return Array.from({ length: area.length - span + 1 }, (_, from) => slope(area.subarray(from, from + span)));
}

/** Of the straight line of least squares through equally spaced values. */
function slope(values: ArrayLike<number>): number {
  const middle = (values.length - 1) / 2;
  let [along, norm] = [0, 0];
  for (let k = 0; k < values.length; k++) {
    along += (k - middle) * values[k];
    norm += (k - middle) * (k - middle);
  }
  return along / norm;
}
