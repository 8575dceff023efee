/** Contacts that have free motion on both sides: what comes in, what goes out, and the line between them. */
import { type Pair, touchOf } from "./contacts.ts";
import type { SolidInput } from "./input.ts";
import { type Flight, type State, stateAt } from "./motion.ts";
import type { Outline } from "./shape.ts";

/** One body on its way in and out, both carried on to the moment of contact. */
export interface Side {
  /** px²: a mass, as all solids that meet solids are of one density. */
  readonly mass: number;
  /** Mass · px². */
  readonly moment: number;
  readonly pose: Outline;
  readonly before: State;
  readonly after: State;
}

export interface Collision {
  readonly pair: Pair;
  /** Frames from ≤ moment ≤ to of the contact. */
  readonly from: number;
  readonly to: number;
  readonly moment: number;
  readonly a: Side;
  /** null: a fixture. */
  readonly b: Side | null;
  /** Unit vector from b to a, and where they touch. */
  readonly normal: readonly [number, number];
  readonly at: readonly [number, number];
}

export function collisionsOf(input: SolidInput): Collision[] {
  return input.pairs.flatMap((pair) =>
    runs(pair.touches).flatMap(([from, to]) => collisionAt(input, pair, from, to) ?? []),
  );
}

/** Frames [from, to] round each run of intervals in which a pair may touch. */
function runs(touches: readonly boolean[]): (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  for (let t = 0; t < touches.length; t++) {
    if (!touches[t] || touches[t - 1]) continue;
    let to = t;
    while (touches[to]) to++;
    found.push([t, to]);
  }
  return found;
}

function collisionAt(input: SolidInput, pair: Pair, from: number, to: number): Collision | null {
  const solids = pair.b < 0 ? [pair.a] : [pair.a, pair.b];
  const paths = solids.flatMap((k) => pathsOf(input, k, from, to) ?? []);
  if (paths.length < solids.length) return null;
  const moment = crossing(input, paths, from, to);
  const [a, b] = paths.map((path) => sideOf(input, path, moment));
  const other = pair.b < 0 ? fixtureOf(input, pair) : b?.pose;
  if (!a || !other) return null;
  return { pair, from, to, moment, a, b: b ?? null, ...touchOf(a.pose, other) };
}

/** The flights of one body into a contact and out of it. */
interface Paths {
  readonly k: number;
  readonly into: Flight;
  readonly out: Flight;
}

function pathsOf({ flights }: SolidInput, k: number, from: number, to: number): Paths | null {
  const into = flights[k].find((flight) => flight.to === from && flight.from < from);
  const out = flights[k].find((flight) => flight.from === to && flight.to > to);
  return into && out ? { k, into, out } : null;
}

/**
 * When the paths in and out cross, over all bodies by least squares: the moment of contact. It needs no outlines, and is the same
 * seen forwards or backwards.
 */
function crossing({ tracks, pull }: SolidInput, paths: readonly Paths[], from: number, to: number): number {
  let [along, norm] = [0, 0];
  for (const { k, into, out } of paths) {
    const [before, after] = [stateAt(tracks[k], into, from, pull), stateAt(tracks[k], out, to, pull)];
    if (!before || !after) continue;
    // Both as they would be at frame `from`; gravity is in both and falls out.
    const back = to - from;
    const [dvx, dvy] = [after.vx - before.vx, after.vy - pull * back - before.vy];
    const dx = after.x - after.vx * back - before.x;
    const dy = after.y - after.vy * back + 0.5 * pull * back * back - before.y;
    along += dx * dvx + dy * dvy;
    norm += dvx * dvx + dvy * dvy;
  }
  return norm > 0 ? Math.max(from, Math.min(to, from - along / norm)) : (from + to) / 2;
}

/** The fixture of a pair: pairs of a body with fixtures are in the order of the ground. */
function fixtureOf({ pairs, ground }: SolidInput, pair: Pair): Outline | null {
  return ground[pairs.filter(({ a, b }) => a === pair.a && b < 0).indexOf(pair)] ?? null;
}

function sideOf({ tracks, pull }: SolidInput, { k, into, out }: Paths, moment: number): Side | null {
  const [before, after] = [
    stateAt(tracks[k], into, Math.max(moment, into.to), pull),
    stateAt(tracks[k], out, Math.min(moment, out.from), pull),
  ];
  const pose = tracks[k].poses[into.to];
  if (!before || !after || !pose) return null;
  const ball = pose.shape === "ball";
  const [a, b] = pose.half;
  const mass = a * b * (ball ? Math.PI : 4);
  return {
    mass,
    moment: (mass * (a * a + b * b)) / (ball ? 4 : 3),
    pose: {
      ...pose,
      x: (before.x + after.x) / 2,
      y: (before.y + after.y) / 2,
      angle: (before.angle + after.angle) / 2,
    },
    before,
    after,
  };
}

/** Speed at which b and a part along the normal where they touch, px/frame; below 0 they close in. */
export function parting({ a, b, normal, at }: Collision, when: "before" | "after"): number {
  const along = ({ pose, [when]: { vx, vy, spin } }: Side) =>
    (vx - spin * (at[1] - pose.y)) * normal[0] + (vy + spin * (at[0] - pose.x)) * normal[1];
  return along(a) - (b ? along(b) : 0);
}

/** Energy of motion, mass · px²/frame². */
export function energy({ a, b }: Collision, when: "before" | "after"): number {
  const one = ({ mass, moment, [when]: { vx, vy, spin } }: Side) =>
    0.5 * mass * (vx * vx + vy * vy) + 0.5 * moment * spin * spin;
  return one(a) + (b ? one(b) : 0);
}
