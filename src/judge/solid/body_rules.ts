/** A solid stays one body, of one size, shape and colour, and moves without jumps. */
import { CLIP } from "../../world/types.ts";
import { percent, result, silent } from "../fluid/input.ts";
import { beyond } from "../fluid/momentum.ts";
import { heavier, SOLID_TOLERANCES as TOLERANCE } from "../tolerances.ts";
import type { RuleResult } from "../types.ts";
import type { SolidInput } from "./input.ts";
import { filling, type Part } from "./parse.ts";
import type { Outline } from "./shape.ts";
import { chromaOf } from "./shares.ts";
import { median, type Track } from "./track.ts";

const { size: SIZE, frames: T } = CLIP;

/** Frames so far with a body missing or doubled; what leaves or enters through the frame's border is not missing. */
export function permanence({ tracks }: SolidInput): RuleResult {
  const overTime = silent();
  let worst = { colour: "", frames: 0, missing: true };
  for (const track of tracks) {
    let wrong = 0;
    for (let t = 0; t < T; t++) {
      const count = track.counts[t];
      const missing = count === 0 && !isOutside(track, t);
      if (missing || count > 1) wrong++;
      overTime[t] = Math.max(overTime[t] ?? 0, wrong);
      if (wrong > worst.frames) worst = { colour: track.thing.colour, frames: wrong, missing };
    }
  }
  return result({
    rule: "permanence",
    tolerance: TOLERANCE.permanence,
    overTime,
    says: () =>
      worst.frames === 0
        ? "Every body is there, once, in every frame."
        : `The ${worst.colour} body is ${worst.missing ? "missing" : "there more than once"} in ${worst.frames} of ${T} frames; ${TOLERANCE.permanence} is allowed.`,
  });
}

/** Whether a body that isn't seen in frame t can be beyond the border: where it was seen last, or is seen next, it is on the way. */
function isOutside({ parts }: Track, t: number): boolean {
  const beyond = (at: number, step: 1 | -1): boolean => {
    let k = at;
    while (k >= 0 && k < T && !parts[k]) k -= step;
    const [seen, before] = [parts[k], parts[k - step]];
    if (!seen) return false;
    const reach = Math.sqrt(seen.area / Math.PI) + 1;
    const [vx, vy] = before ? [seen.x - before.x, seen.y - before.y] : [0, 0];
    const [x, y] = [seen.x + vx, seen.y + vy];
    return seen.partial || x < reach || y < reach || x > SIZE - reach || y > SIZE - reach;
  };
  return beyond(t, 1) || beyond(t, -1);
}

/** The part of a track in a frame where it is seen whole. */
const wholePart = ({ parts }: Track, t: number): Part | null => {
  const part = parts[t];
  return part && !part.partial ? part : null;
};

/** The largest value over all whole bodies of each frame. */
function perFrame(
  tracks: readonly Track[],
  measure: (part: Part, track: Track, t: number) => number | null,
): (number | null)[] {
  return silent().map((_, t) => {
    const values = tracks.flatMap((track) => {
      const part = wholePart(track, t);
      const value = part && measure(part, track, t);
      return value === null ? [] : [value];
    });
    return values.length > 0 ? Math.max(...values) : null;
  });
}

/** Whole frames at first whose median is the size that a body has to keep. */
const REFERENCE = 3;

export function area({ tracks }: SolidInput): RuleResult {
  const first = new Map(
    tracks.map((track) => {
      const whole = track.parts.flatMap((_, t) => wholePart(track, t)?.area ?? []);
      return [track, median(whole.slice(0, REFERENCE))];
    }),
  );
  return result({
    rule: "area",
    tolerance: TOLERANCE.area,
    overTime: perFrame(tracks, (part, track) => Math.abs(part.area / (first.get(track) ?? NaN) - 1)),
    says: (error) =>
      `A body's area goes ${percent(error)} off what it was at first; ${percent(TOLERANCE.area)} is allowed.`,
  });
}

export function shape({ tracks }: SolidInput): RuleResult {
  return result({
    rule: "shape",
    tolerance: TOLERANCE.shape,
    overTime: perFrame(tracks, (part, { poses }, t) => {
      const pose = poses[t];
      return pose && 1 - filling(pose, part);
    }),
    says: (error) =>
      `A body fills its own outline to ${percent(1 - error)} at worst; the law asks for ${percent(1 - TOLERANCE.shape)}.`,
  });
}

export function colour({ tracks }: SolidInput): RuleResult {
  return result({
    rule: "colour",
    tolerance: TOLERANCE.colour,
    overTime: perFrame(tracks, ({ chroma }, { thing }) => {
      if (!chroma) return null;
      const [u, v] = chromaOf(thing.colour);
      return Math.hypot(chroma[0] - u, chroma[1] - v) / Math.hypot(u, v);
    }),
    says: (error) => `A body's colour is ${percent(error)} off its own; up to ${percent(TOLERANCE.colour)} is allowed.`,
  });
}

/**
 * Second difference of the centre, less gravity, in radii. Where bodies may touch, what the closing speed can do is free: a body
 * takes on up to twice the speed at which the other comes.
 */
export function jump(input: SolidInput): RuleResult {
  const { tracks, pairs, pull } = input;
  const overTime = silent();
  for (const [k, track] of tracks.entries()) {
    for (let t = 1; t + 1 < T; t++) {
      const [before, now, after] = [track.poses[t - 1], track.poses[t], track.poses[t + 1]];
      if (!before || !now || !after) continue;
      const free = pairs
        .filter(({ a, b }) => a === k || b === k)
        .reduce(
          (most, { gaps, touches }) => Math.max(most, ...[t - 1, t].map((at) => allowance(gaps, touches, at))),
          0,
        );
      const bend = secondDifference(before, now, after, pull);
      overTime[t] = Math.max(overTime[t] ?? 0, Math.max(0, bend - free) / track.radius);
    }
  }
  return result({
    rule: "jump",
    tolerance: TOLERANCE.jump,
    overTime,
    says: (error) =>
      `Away from contacts a body's velocity changes by up to ${error.toFixed(2)} radii a frame within a frame; ${TOLERANCE.jump} is allowed.`,
  });
}

function secondDifference(before: Outline, now: Outline, after: Outline, pull: number): number {
  return Math.hypot(after.x - 2 * now.x + before.x, after.y - 2 * now.y + before.y - pull);
}

/** px/frame that a contact between frames t and t + 1 can add to a body: twice the speed at which the gap closed before it. */
function allowance(gaps: readonly number[], touches: readonly boolean[], t: number): number {
  if (!touches[t]) return 0;
  const closing = (gaps[t - 1] ?? NaN) - gaps[t];
  return Number.isNaN(closing) ? Number.POSITIVE_INFINITY : 2 * Math.max(0.5, closing + 0.5);
}

/** A contact takes a velocity from one value to another; for a single frame beyond both is no force's work, but a picture's too many or too few. */
export function pulse({ tracks, pull }: SolidInput): RuleResult {
  const overTime = silent();
  const tolerance = TOLERANCE.pulse + heavier(pull);
  for (const { poses } of tracks) {
    for (let t = 1; t + 2 < T; t++) {
      const near = poses.slice(t - 1, t + 3).flatMap((pose) => (pose ? [pose] : []));
      if (near.length < 4) continue;
      const found = Math.hypot(beyond(near.map(({ x }) => x)), beyond(near.map(({ y }) => y)));
      overTime[t + 1] = Math.max(overTime[t + 1] ?? 0, found);
    }
  }
  return result({
    rule: "pulse",
    tolerance,
    overTime,
    says: (error) =>
      `For one frame a body is ${error.toFixed(1)} px/frame faster or slower than before and after; up to ${Number(tolerance.toFixed(2))} is allowed.`,
  });
}
