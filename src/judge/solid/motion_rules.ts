/** Free motion: nothing pulls but gravity, and nothing brakes. */
import { traitsOf } from "../../world/language/patterns.ts";
import { percent, result, silent } from "../fluid/input.ts";
import { SOLID_TOLERANCES as TOLERANCE } from "../tolerances.ts";
import type { RuleResult } from "../types.ts";
import type { SolidInput } from "./input.ts";
import { bendOf, type Flight } from "./motion.ts";
import type { Track } from "./track.ts";

const placesOf = ({ poses }: Track, { from, to }: Flight, axis: "x" | "y"): number[] =>
  poses.slice(from, to + 1).flatMap((pose) => (pose ? [pose[axis]] : []));

/** px. What a place may be off in a noisy clip; the acceleration's share of it is no error. */
const PLACE_NOISE = 0.035;

/** In the air every body accelerates by g, straight down: gravity, and no force from the side. */
export function gravity({ setting, tracks, flights, laws: { gravity: g } }: SolidInput): RuleResult {
  const overTime = silent();
  let found = { x: NaN, y: NaN };
  if (setting === "air") {
    for (const [k, track] of tracks.entries()) {
      let [x, y, weight, last] = [0, 0, 0, 0];
      for (const flight of flights[k]) {
        const [across, down] = [bendOf(placesOf(track, flight, "x")), bendOf(placesOf(track, flight, "y"))];
        x += across.acceleration * across.weight;
        y += down.acceleration * down.weight;
        weight += down.weight;
        if (down.weight > 0) last = flight.to;
        if (weight === 0) continue;
        const off = Math.hypot(x / weight, y / weight - g) - PLACE_NOISE / Math.sqrt(weight);
        overTime[last] = Math.max(0, off) / g;
      }
      // The mean over all flights is the measure; what was known on the way is not a second chance to fail.
      const error = overTime[last];
      if (error === null) continue;
      overTime.fill(null);
      overTime[last] = error;
      found = { x: x / weight, y: y / weight };
    }
  }
  return result({
    rule: "gravity",
    tolerance: TOLERANCE.gravity,
    overTime,
    says: (error) =>
      `In the air it accelerates by ${found.y.toFixed(2)} px/frame² down and ${Math.abs(found.x).toFixed(2)} aside, the law says ${g.toFixed(2)} and 0: ${percent(error)} off, ${percent(TOLERANCE.gravity)} is allowed.`,
  });
}

/** A flight of fewer frames bends by noise alone. */
const LEAST_FRAMES = 4;
/** px/frame. Slower than this nothing here moves by itself; shares of less would be shares of noise. */
const SLOWEST = 1;

/** On the table a body that touches nothing keeps its velocity, and so does one that is drawn along: how much it changes in one flight, as a share of the clip's fastest. */
export function inertia({ attributes, setting, tracks, flights }: SolidInput): RuleResult {
  const overTime = silent();
  if (setting === "table" || traitsOf(attributes).driven) {
    const scale = Math.max(
      SLOWEST,
      ...tracks.flatMap((track, k) => flights[k].map((flight) => speedOf(track, flight)).filter(Number.isFinite)),
    );
    for (const [k, track] of tracks.entries()) {
      for (const flight of flights[k]) {
        if (flight.to - flight.from + 1 < LEAST_FRAMES) continue;
        const [x, y] = [bendOf(placesOf(track, flight, "x")), bendOf(placesOf(track, flight, "y"))];
        const off = Math.hypot(x.acceleration, y.acceleration) - PLACE_NOISE / Math.sqrt(x.weight);
        const error = (Math.max(0, off) * (flight.to - flight.from)) / scale;
        for (let t = flight.from; t <= flight.to; t++) overTime[t] = Math.max(overTime[t] ?? 0, error);
      }
    }
  }
  return result({
    rule: "inertia",
    tolerance: TOLERANCE.inertia,
    overTime,
    says: (error) =>
      `Between contacts a velocity changes by ${percent(error)} of the fastest; ${percent(TOLERANCE.inertia)} is allowed.`,
  });
}

/** px/frame from one end of a flight to the other. */
function speedOf({ poses }: Track, { from, to }: Flight): number {
  const [first, last] = [poses[from], poses[to]];
  return first && last && to > from ? Math.hypot(last.x - first.x, last.y - first.y) / (to - from) : NaN;
}
