/** When bodies touch each other or what they rest on, judged by the gap between their outlines. */
import { GRAVITY } from "../world/laws.ts";
import { CLIP } from "../world/types.ts";
import { corners, type Outline, within } from "./solid_shape.ts";

const { frames: T } = CLIP;

/** px. Two outlines this near are in touch: what parsing two bodies and a floor's edge is off, together. */
export const SLACK = 0.6;

/** Signed distance from a point to an outline, px; below 0 inside. */
function distanceTo({ shape, x, y, angle, half }: Outline, px: number, py: number): number {
  const [dx, dy] = [px - x, py - y];
  if (shape === "ball") return Math.hypot(dx, dy) - half[0];
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const a = Math.abs(dx * c + dy * s) - half[0];
  const b = Math.abs(dy * c - dx * s) - half[1];
  return a <= 0 || b <= 0 ? Math.max(a, b) : Math.hypot(a, b);
}

/** px between two outlines; below 0 how deep one is in the other. */
export function gap(a: Outline, b: Outline): number {
  if (a.shape === "ball") return distanceTo(b, a.x, a.y) - a.half[0];
  if (b.shape === "ball") return distanceTo(a, b.x, b.y) - b.half[0];
  const near = (from: Outline, to: Outline) => Math.min(...corners(from).map(([x, y]) => distanceTo(to, x, y)));
  return Math.min(near(a, b), near(b, a));
}

/** Unit vector from `b` to `a` where they touch, and the place. */
export function touchOf(
  a: Outline,
  b: Outline,
): { readonly normal: readonly [number, number]; readonly at: readonly [number, number] } {
  if (a.shape !== "ball" && b.shape === "ball") {
    const { normal, at } = touchOf(b, a);
    return { normal: [-normal[0], -normal[1]], at };
  }
  const at = b.shape === "ball" ? ([b.x, b.y] as const) : nearestOn(b, a.x, a.y);
  const far = Math.hypot(a.x - at[0], a.y - at[1]);
  if (far > 1e-6 && !(b.shape === "box" && within(b, a.x, a.y))) {
    const normal = [(a.x - at[0]) / far, (a.y - at[1]) / far] as const;
    return { normal, at: b.shape === "ball" ? [b.x + normal[0] * b.half[0], b.y + normal[1] * b.half[0]] : at };
  }
  const apart = Math.hypot(a.x - b.x, a.y - b.y) || 1;
  return { normal: [(a.x - b.x) / apart, (a.y - b.y) / apart], at };
}

function nearestOn({ x, y, angle, half }: Outline, px: number, py: number): readonly [number, number] {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const [dx, dy] = [px - x, py - y];
  const a = Math.max(-half[0], Math.min(half[0], dx * c + dy * s));
  const b = Math.max(-half[1], Math.min(half[1], dy * c - dx * s));
  return [x + a * c - b * s, y + a * s + b * c];
}

/** Two bodies, or a body and a fixture, through the clip. */
export interface Pair {
  /** Index of a solid of the sentence. */
  readonly a: number;
  /** The other solid, or −1 for a fixture. */
  readonly b: number;
  /** Per frame, px; NaN where one of them isn't seen whole. */
  readonly gaps: readonly number[];
  /** Per frame t: whether they may touch between frames t and t + 1. Where that can't be seen they may. */
  readonly touches: readonly boolean[];
}

export function pairOf(
  a: number,
  b: number,
  first: readonly (Outline | null)[],
  second: readonly (Outline | null)[],
  falls: boolean,
): Pair {
  const gaps = first.map((one, t) => {
    const two = second[t];
    return one && two ? gap(one, two) : NaN;
  });
  const pull = falls ? GRAVITY : 0;
  return { a, b, gaps, touches: Array.from({ length: T }, (_, t) => mayTouch(gaps, t, pull)) };
}

/**
 * They touch between t and t + 1 if they are close at one of the two, or if what is left of the gap on both sides, at the speeds
 * seen before and after, is used up within one frame. Seen backwards it is the same: no law here has a direction of time.
 */
function mayTouch(gaps: readonly number[], t: number, pull: number): boolean {
  const [now, next] = [gaps[t], gaps[t + 1] ?? NaN];
  if (now <= SLACK || next <= SLACK) return true;
  if (Number.isNaN(now) || Number.isNaN(next)) return t + 1 < T;
  // At the clip's ends there is only one side to look at.
  const before = t > 0 ? gaps[t - 1] - now + pull : NaN;
  const after = t + 2 < T ? gaps[t + 2] - next + pull : NaN;
  const entering = Number.isNaN(before) ? 0 : (now - SLACK) / before;
  const leaving = Number.isNaN(after) ? 0 : (next - SLACK) / after;
  return entering >= 0 && leaving >= 0 && entering + leaving <= 1;
}

/** The frame at which a pair that touches between t and t + 1 does so, in [t, t + 1]. */
export function momentOf({ gaps }: Pair, t: number): number {
  const before = (gaps[t - 1] ?? NaN) - gaps[t];
  const after = (gaps[t + 2] ?? NaN) - gaps[t + 1];
  const entering = gaps[t] / before;
  const leaving = 1 - gaps[t + 1] / after;
  const moments = [entering, leaving].filter((moment) => Number.isFinite(moment));
  if (moments.length === 0) return t + 0.5;
  return t + Math.max(0, Math.min(1, moments.reduce((sum, moment) => sum + moment, 0) / moments.length));
}
