/** A picture shows one moment, so a ball is as long along its path as across it; where moments are mixed it is drawn out. */
import { percent, result, silent } from "../fluid/input.ts";
import { SOLID_TOLERANCES as TOLERANCE } from "../tolerances.ts";
import type { RuleResult } from "../types.ts";
import type { SolidInput } from "./input.ts";

/** (px/frame)⁴, summed over frames: in slower flights a trail is too short to be told from soft edges. */
const LEAST = 20;

/**
 * A mean of a frame and the next, v px apart, spreads a ball by v²/4 more along its path than across. So the error is the slope of that
 * excess over v²/4, by least squares over all flights in which a ball touches nothing: 1 for a mean of two.
 */
export function smear({ setting, tracks, flights }: SolidInput): RuleResult {
  const overTime = silent();
  let [along, norm] = [0, 0];
  for (const [k, { thing, parts }] of tracks.entries()) {
    // In liquid the surface cuts a body's rim, which is no trail.
    if (thing.noun !== "ball" || setting === "liquid") continue;
    for (const { from, to } of flights[k]) {
      for (let t = from; t <= to; t++) {
        const [first, last] = [Math.max(from, t - 1), Math.min(to, t + 1)];
        const [before, now, after] = [parts[first], parts[t], parts[last]];
        if (!before || !now || !after || first === last) continue;
        const [vx, vy] = [(after.x - before.x) / (last - first), (after.y - before.y) / (last - first)];
        const square = vx * vx + vy * vy;
        const [straight, diagonal] = now.longer;
        along += straight * (vx * vx - vy * vy) + 2 * diagonal * vx * vy;
        norm += (square * square) / 4;
        if (4 * norm >= LEAST) overTime[t] = Math.max(0, along / norm);
      }
    }
  }
  // The slope over all flights is the measure; what was known on the way is not a second chance to fail.
  const last = overTime.findLastIndex((error) => error !== null);
  const error = overTime[last] ?? null;
  overTime.fill(null);
  if (error !== null) overTime[last] = error;
  return result({
    rule: "smear",
    tolerance: TOLERANCE.smear,
    overTime,
    says: (error) =>
      `A ball is drawn out along its path by ${percent(error)} of what a mean of two pictures does; ${percent(TOLERANCE.smear)} is allowed.`,
  });
}
