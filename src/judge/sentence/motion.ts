/** Which way and how fast the sentence's first mover goes. */
import { traitsOf } from "../../world/language/patterns.ts";
import { CLIP } from "../../world/types.ts";
import type { Liquid } from "../fluid/parse.ts";
import type { Flight } from "../solid/motion.ts";
import type { Track } from "../solid/track.ts";
import type { SentenceInput } from "./input.ts";

const { size: SIZE, frames: T } = CLIP;

/** px to the right (below 0: to the left) that the first mover goes; null where it can't be seen. */
export function headingOf({ attributes, solid, liquids }: SentenceInput): number | null {
  const [track] = solid.tracks;
  const { event, poured } = traitsOf(attributes);
  const [liquid] = liquids;
  if (poured) return liquid ? lean(liquid, poured === "above" ? null : SIZE / 2) : null;
  if (event === "hit") return track ? firstRun(track, solid.flights[0], "x") : null;
  if (track) return across(track);
  // It starts at one side and runs to the other.
  return liquid && !Number.isNaN(liquid.x[0]) ? SIZE / 2 - liquid.x[0] : null;
}

/** x from the first to the last frame in which it is seen. */
function across({ parts }: Track): number | null {
  const seen = parts.flatMap((part) => (part ? [part.x] : []));
  return seen.length >= 2 ? seen[seen.length - 1] - seen[0] : null;
}

/** Displacement per frame in the first flight of two frames and more. */
function firstRun({ poses }: Track, flights: readonly Flight[], axis: "x" | "y"): number | null {
  const flight = flights.find(({ from, to }) => to > from);
  const [first, last] = flight ? [poses[flight.from], poses[flight.to]] : [];
  return flight && first && last ? (last[axis] - first[axis]) / (flight.to - flight.from) : null;
}

/**
 * Where poured liquid comes from: a stream from the side on which it first shows; what pours from above leans, its lower end is
 * further on its way than its upper one.
 */
function lean({ shares, area, x }: Liquid, middle: number | null): number | null {
  const t = area.findIndex((amount) => amount > 12);
  if (t < 0) return null;
  if (middle !== null) return middle - x[t];
  let [sum, sumX, sumY, xy] = [0, 0, 0, 0];
  const until = Math.min(T, t + 3);
  for (let k = t; k < until; k++) {
    for (let i = 0; i < shares[k].length; i++) {
      const w = shares[k][i];
      if (w < 1 / 3) continue;
      const [px, py] = [i % SIZE, Math.floor(i / SIZE)];
      sum += w;
      sumX += w * px;
      sumY += w * py;
      xy += w * px * py;
    }
  }
  return sum > 0 ? xy / sum - (sumX / sum) * (sumY / sum) : null;
}

/** px/frame of the first mover as the speed words mean it; null where the clip does not show it: a jet's speed at its mouth is not seen. */
export function speedOf({ attributes, solid, liquids }: SentenceInput): number | null {
  const [track] = solid.tracks;
  const { event, poured } = traitsOf(attributes);
  if (poured) return null;
  if (event === "hit") {
    const [x, y] = track ? (["x", "y"] as const).map((axis) => firstRun(track, solid.flights[0], axis)) : [null, null];
    return x !== null && y !== null ? Math.hypot(x, y) : null;
  }
  if (track) {
    const steps = stepsAcross(track);
    return steps.length > 0 ? Math.abs(steps.reduce((sum, step) => sum + step, 0)) / steps.length : null;
  }
  const [liquid] = liquids;
  if (event === "drop") {
    // Half of what it gains in the first frame is in the step from there.
    return liquid && !Number.isNaN(liquid.y[0] + liquid.y[1])
      ? liquid.y[1] - liquid.y[0] - solid.laws.gravity / 2
      : null;
  }
  return liquid && !Number.isNaN(liquid.x[0] + liquid.x[1]) ? Math.abs(liquid.x[1] - liquid.x[0]) : null;
}

/** x from frame to frame in the first few frames in which a body is seen whole. */
function stepsAcross({ poses }: Track): number[] {
  const steps = poses.flatMap((pose, t) => {
    const next = poses[t + 1];
    return pose && next ? [next.x - pose.x] : [];
  });
  return steps.slice(0, 4);
}
