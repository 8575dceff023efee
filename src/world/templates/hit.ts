/** One body slides into another, seen from above: what `collide` and `hit-box` share. No gravity, no friction, no walls. */
import { cos, sin } from "../exact.ts";
import type { Attributes } from "../language/grammar.ts";
import { DENSITY, FRICTION, type Laws } from "../laws.ts";
import type { Random } from "../random.ts";
import { CLIP, type Scene, type Snapshot } from "../types.ts";
import { halfOf, headingOf, inside, isWhole, solidOf, speedOf, towards } from "./template.ts";

/** Whole frames that each side of the contact should show: enough to measure two velocities. */
const WANTED = 5;
const NEEDED = 3;
const TRIES = 24;

/** Both bodies at the instant of contact, as if both were discs: an estimate good enough to place a box. */
interface Meeting {
  readonly time: number;
  readonly a: Moving;
  readonly b: Moving;
}

interface Moving {
  readonly x: number;
  readonly y: number;
  readonly reach: number;
  readonly before: readonly [number, number];
  readonly after: readonly [number, number];
}

export function buildHit(attributes: Attributes, random: Random, { restitution }: Laws): Scene {
  const [first, second] = attributes.things;
  const heading = headingOf(attributes, random);
  const speed = speedOf(attributes, random);
  const half = [halfOf(first, random), halfOf(second, random)] as const;
  const area = half.map(([x, y], k) => (k === 0 || second.noun === "ball" ? Math.PI : 4) * x * y);
  let best = meet(speed, half, area, restitution, random);
  for (let i = 1; i < TRIES && shown(best) < WANTED; i++) {
    const next = meet(speed, half, area, restitution, random);
    if (shown(next) > shown(best)) best = next;
  }
  const start = ({ x, y, before }: Moving, angle: number) => ({
    x: x - before[0] * best.time,
    y: y - before[1] * best.time,
    angle,
  });
  const move = ({ before }: Moving, spin: number) => ({ x: before[0], y: before[1], spin });
  const tilt = second.noun === "box" ? random.around(0.5) : random.around(Math.PI);
  return towards(heading, {
    template: attributes.template,
    view: "top",
    gravity: 0,
    solids: [
      solidOf(first, half[0], DENSITY.solid, start(best.a, random.around(Math.PI)), move(best.a, random.around(0.15))),
      solidOf(second, half[1], DENSITY.solid, start(best.b, tilt), move(best.b, random.around(0.05))),
    ],
    fluids: [],
    fixtures: [],
    restitution,
    friction: FRICTION.top,
    look: random.integer(),
  });
}

/** The first body comes from the left, the second drifts; they touch at a drawn time and place. */
function meet(
  speed: number,
  half: readonly (readonly [number, number])[],
  area: readonly number[],
  restitution: number,
  random: Random,
): Meeting {
  const course = random.around(0.3);
  const line = course + random.around(0.55);
  const drift = random.around(Math.PI);
  const drifting = random.range([0, 0.2]) * speed;
  const va = [speed * cos(course), speed * sin(course)] as const;
  const vb = [drifting * cos(drift), drifting * sin(drift)] as const;
  const n = [cos(line), sin(line)] as const;
  const closing = (va[0] - vb[0]) * n[0] + (va[1] - vb[1]) * n[1];
  const impulse = ((1 + restitution) * closing * area[0] * area[1]) / (area[0] + area[1]);
  const push = (v: readonly [number, number], by: number) => [v[0] + by * n[0], v[1] + by * n[1]] as const;
  const time = random.range([3.6, 8]);
  const b = [random.range([24, 50]), random.range([18, 46])] as const;
  const gap = half[0][0] + (half[1][0] + half[1][1]) / 2;
  return {
    time,
    a: {
      x: b[0] - gap * n[0],
      y: b[1] - gap * n[1],
      reach: half[0][0],
      before: va,
      after: push(va, -impulse / area[0]),
    },
    b: { x: b[0], y: b[1], reach: half[1][0] * 1.2, before: vb, after: push(vb, impulse / area[1]) },
  };
}

/** Frames before or after the contact, whichever are fewer, in which both bodies are seen whole. */
function shown({ time, a, b }: Meeting): number {
  let [before, after] = [0, 0];
  for (let frame = 0; frame < CLIP.frames; frame++) {
    const whole = [a, b].every(({ x, y, reach, before: v, after: w }) => {
      const [vx, vy] = frame < time ? v : w;
      return inside(x + vx * (frame - time), y + vy * (frame - time), reach, reach);
    });
    if (whole && frame < time) before++;
    else if (whole) after++;
  }
  return Math.min(before, after);
}

/** The bodies touch once, and are seen whole for a few frames on both sides of it. */
export function hits(scene: Scene, snapshots: readonly Snapshot[]): boolean {
  const touch = snapshots.findIndex(({ contacts }) => contacts.length > 0);
  if (touch < 3 || touch > 11) return false;
  const whole = (frame: number) => snapshots[frame].solids.every((state, k) => isWhole(scene.solids[k], state));
  const count = (from: number, to: number) => {
    let frames = 0;
    for (let frame = from; frame < to; frame++) if (whole(frame)) frames++;
    return frames;
  };
  return count(0, touch) >= NEEDED && count(touch, CLIP.frames) >= NEEDED;
}
