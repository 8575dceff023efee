/** Straight lines and parabolas through a body's places: what its velocity is, and what pulls at it. */
import { CLIP } from "../../world/types.ts";
import type { Pair } from "./contacts.ts";
import type { Track } from "./track.ts";

const { frames: T } = CLIP;

/** Frames from ≤ t ≤ to in which a body is whole and touches nothing. */
export interface Flight {
  readonly from: number;
  readonly to: number;
}

/** The flights of solid k, in order. A single frame between two contacts is one too: it has a place, but no velocity. */
export function flightsOf(track: Track, k: number, pairs: readonly Pair[]): Flight[] {
  const mine = pairs.filter(({ a, b }) => a === k || b === k);
  const flights: Flight[] = [];
  let from: number | null = null;
  for (let t = 0; t < T; t++) {
    if (!track.poses[t]) {
      from = null;
      continue;
    }
    from ??= t;
    const ends = t + 1 === T || !track.poses[t + 1] || mine.some(({ touches }) => touches[t]);
    if (!ends) continue;
    flights.push({ from, to: t });
    from = null;
  }
  return flights;
}

/** Least squares over equally spaced values: value and slope at a moment, after taking ½·pull·t² away. */
export function lineThrough(
  values: readonly number[],
  first: number,
  moment: number,
  pull: number,
): { readonly value: number; readonly slope: number } {
  const n = values.length;
  const middle = first + (n - 1) / 2;
  let [mean, along, norm] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const time = first + i - middle;
    const level = values[i] - 0.5 * pull * time * time;
    mean += level / n;
    along += time * level;
    norm += time * time;
  }
  const slope = norm > 0 ? along / norm : NaN;
  const far = moment - middle;
  return { value: mean + slope * far + 0.5 * pull * far * far, slope: slope + pull * far };
}

/** The acceleration of one flight, and how much it says: the inverse of its variance in units of a place's. */
export function bendOf(values: readonly number[]): { readonly acceleration: number; readonly weight: number } {
  const n = values.length;
  const middle = (n - 1) / 2;
  const spread = (n * n - 1) / 12;
  let [along, norm] = [0, 0];
  for (let i = 0; i < n; i++) {
    const shape = (i - middle) * (i - middle) - spread;
    along += shape * values[i];
    norm += shape * shape;
  }
  return { acceleration: norm > 0 ? (2 * along) / norm : 0, weight: norm / 4 };
}

/** Frames nearest to a contact that give a velocity there: more of them average noise out. */
const FRAMES = 5;

/** A body at a moment; the angle and spin are a box's, 0 for a ball, whose turning changes no outline. */
export interface State {
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  readonly vx: number;
  readonly vy: number;
  readonly spin: number;
}

/** A body at a moment at or beyond one end of a flight, from the frames next to it; null with fewer than two. */
export function stateAt(track: Track, { from, to }: Flight, moment: number, pull: number): State | null {
  const [first, last] = moment >= to ? [Math.max(from, to - FRAMES + 1), to] : [from, Math.min(to, from + FRAMES - 1)];
  const poses = track.poses.slice(first, last + 1).flatMap((pose) => (pose ? [pose] : []));
  if (poses.length < 2) return null;
  const path = (axis: "x" | "y" | "angle", force: number) =>
    lineThrough(
      poses.map((pose) => pose[axis]),
      first,
      moment,
      force,
    );
  const [x, y, angle] = [path("x", 0), path("y", pull), path("angle", 0)];
  return { x: x.value, y: y.value, angle: angle.value, vx: x.slope, vy: y.slope, spin: angle.slope };
}
