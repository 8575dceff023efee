/** When bodies touch each other or what they rest on, judged by the gap between their outlines. */
import { CLIP } from "../../world/types.ts";
import { corners, distanceTo, type Outline } from "./shape.ts";

const { frames: T } = CLIP;

/** px. Two outlines this near are in touch: what parsing two bodies, or a body and a floor's edge, is off together. */
const SLACK = { body: 0.6, fixture: 0.8 } as const;

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
  if (far > 1e-6 && !(b.shape === "box" && distanceTo(b, a.x, a.y) <= 0)) {
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
  pull: number,
): Pair {
  const gaps = first.map((one, t) => {
    const two = second[t];
    return one && two ? gap(one, two) : NaN;
  });
  const slack = b < 0 ? SLACK.fixture : SLACK.body;
  return { a, b, gaps, touches: Array.from({ length: T }, (_, t) => mayTouch(gaps, first, second, t, pull, slack)) };
}

/** px within which bodies can meet in one frame. */
const NEAR = 14;
const STEPS = 16;

/**
 * They touch between t and t + 1 if they are close at one of the two, or if their paths from before t and back from after t + 1, each
 * carried on, are close at one and the same moment between. Seen backwards it is the same: no law here has a direction of time.
 */
function mayTouch(gaps: Pair["gaps"], first: Path, second: Path, t: number, pull: number, slack: number): boolean {
  if (t + 1 >= T) return false;
  const [now, next] = [gaps[t], gaps[t + 1]];
  if (!(now > slack && next > slack)) return true;
  if (now > NEAR && next > NEAR) return false;
  for (let step = 0; step <= STEPS; step++) {
    const time = step / STEPS;
    const entering = gapAt(first, second, t, -1, time, pull);
    const leaving = gapAt(first, second, t + 1, 1, 1 - time, pull);
    if (!(entering > slack) && !(leaving > slack)) return true;
  }
  return false;
}

type Path = readonly (Outline | null)[];

/** The gap `time` frames after frame t if both go on as from the frame before it (back: −1), or before it as the frame after tells (1). */
function gapAt(first: Path, second: Path, t: number, back: -1 | 1, time: number, pull: number): number {
  const [one, two] = [carried(first, t, back, time, pull), carried(second, t, back, time, 0)];
  return one && two ? gap(one, two) : NaN;
}

function carried(path: Path, t: number, back: -1 | 1, time: number, pull: number): Outline | null {
  const [now, other] = [path[t], path[t + back]];
  if (!now || !other) return null;
  return {
    ...now,
    x: now.x + (now.x - other.x) * time,
    y: now.y + (now.y - other.y) * time + 0.5 * pull * time * (time + 1),
    angle: now.angle + (now.angle - other.angle) * time,
  };
}
