/** Contacts that have free motion on both sides: what comes in, what goes out, and the line between them. */
import { momentOf, type Pair, touchOf } from "./contacts.ts";
import { type Flight, type Velocity, velocityAt } from "./motion.ts";
import type { SolidInput } from "./solid_input.ts";
import type { Outline } from "./solid_shape.ts";

/** One body on its way in and out. */
export interface Side {
  /** px²: a mass, as all solids that meet solids are of one density. */
  readonly mass: number;
  /** Mass · px². */
  readonly moment: number;
  readonly pose: Outline;
  readonly before: Velocity;
  readonly after: Velocity;
}

export interface Collision {
  readonly pair: Pair;
  /** Frames from < moment < to of the contact. */
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

/** A contact longer than this is no collision but sliding, rolling or rest. */
const LONGEST = 3;

export function collisionsOf(input: SolidInput): Collision[] {
  return input.pairs.flatMap((pair) =>
    runs(pair.touches).flatMap(([from, to]) => {
      const collision = to - from <= LONGEST ? collisionAt(input, pair, from, to) : null;
      return collision ? [collision] : [];
    }),
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
  const deepest = pair.gaps.slice(from, to).reduce((best, gap, i, all) => (gap < all[best] ? i : best), 0);
  const moment = to - from === 1 ? momentOf(pair, from) : from + Math.min(deepest, to - from - 1) + 0.5;
  const a = sideOf(input, pair.a, from, to, moment);
  const b = pair.b < 0 ? null : sideOf(input, pair.b, from, to, moment);
  const fixture = pair.b < 0 ? fixtureOf(input, pair) : null;
  const other = b?.pose ?? fixture;
  if (!a || !other) return null;
  return { pair, from, to, moment, a, b, ...touchOf(a.pose, other) };
}

/** The fixture of a pair: pairs of a body with fixtures are in the order of the ground. */
function fixtureOf({ pairs, ground }: SolidInput, pair: Pair): Outline | null {
  return ground[pairs.filter(({ a, b }) => a === pair.a && b < 0).indexOf(pair)] ?? null;
}

function sideOf(input: SolidInput, k: number, from: number, to: number, moment: number): Side | null {
  const { tracks, flights, pull } = input;
  const track = tracks[k];
  const into = last(flights[k].filter((flight) => flight.to <= from && from - flight.to <= 1));
  const out = flights[k].find((flight) => flight.from >= to && flight.from - to <= 1);
  const before = into && velocityAt(track, into, moment, pull);
  const after = out && velocityAt(track, out, moment, pull);
  if (!into || !out || !before || !after) return null;
  const [p, q] = [track.poses[into.to], track.poses[out.from]];
  if (!p || !q) return null;
  // Where it was at the moment of contact, from either side: the mean of both.
  const at = (pose: Outline, t: number, v: Velocity) => ({
    x: pose.x + v.x * (moment - t),
    y: pose.y + v.y * (moment - t),
    angle: pose.angle + v.spin * (moment - t),
  });
  const [i, o] = [at(p, into.to, before), at(q, out.from, after)];
  const mass = 4 * p.half[0] * p.half[1] * (p.shape === "ball" ? Math.PI / 4 : 1);
  const arm = p.half[0] * p.half[0] + p.half[1] * p.half[1];
  return {
    mass,
    moment: mass * (p.shape === "ball" ? arm / 4 : arm / 3),
    pose: { ...p, x: (i.x + o.x) / 2, y: (i.y + o.y) / 2, angle: (i.angle + o.angle) / 2 },
    before,
    after,
  };
}

const last = (flights: readonly Flight[]): Flight | undefined => flights[flights.length - 1];

/** Speed at which b and a part along the normal, px/frame; below 0 they close in. */
export function parting({ a, b, normal, at }: Collision, when: "before" | "after"): number {
  const along = ({ pose, [when]: v }: Side) =>
    (v.x - v.spin * (at[1] - pose.y)) * normal[0] + (v.y + v.spin * (at[0] - pose.x)) * normal[1];
  return along(a) - (b ? along(b) : 0);
}

/** Energy of motion, mass · px²/frame². */
export function energy({ a, b }: Collision, when: "before" | "after"): number {
  const one = ({ mass, moment, [when]: v }: Side) =>
    0.5 * mass * (v.x * v.x + v.y * v.y) + 0.5 * moment * v.spin * v.spin;
  return one(a) + (b ? one(b) : 0);
}
