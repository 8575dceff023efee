/** A liquid's velocity goes from one value to the next: it is not for one frame faster, or slower, than both before and after. */
import { traitsOf } from "../../world/language/patterns.ts";
import { FLUID_TOLERANCES, heavier } from "../tolerances.ts";
import type { RuleResult } from "../types.ts";
import { type FluidInput, kindOf, pixels, result, silent } from "./input.ts";
import { LEAST_AREA, type Liquid } from "./parse.ts";

/** Standard deviations of the clip's own noise by which a velocity may be off. */
const DOUBTS = 5;

export function pulseRule({ attributes, liquids, laws }: FluidInput): RuleResult {
  const overTime = silent();
  for (const liquid of liquids) {
    for (let t = 1; t + 2 < overTime.length; t++) {
      const found = pulse(liquid, t);
      if (found !== null) overTime[t + 1] = Math.max(overTime[t + 1] ?? 0, found);
    }
  }
  const tolerance = FLUID_TOLERANCES.pulse[kindOf(traitsOf(attributes))] + heavier(laws.gravity);
  return result({
    rule: "liquid-pulse",
    tolerance,
    overTime,
    says: (error) =>
      `For one frame a liquid's centre is ${pixels(error)}/frame faster or slower than before and after; up to ${pixels(tolerance)} is allowed.`,
  });
}

/** By how much the velocity between frames t and t + 1 lies beyond those of the frame before and the frame after, px/frame. */
function pulse({ area, x, y, doubt }: Liquid, t: number): number | null {
  const frames = [t - 1, t, t + 1, t + 2];
  const least = Math.max(LEAST_AREA, Math.max(...area) / 4);
  if (frames.some((k) => area[k] < least)) return null;
  const noise = DOUBTS * Math.max(...frames.map((k) => doubt.place[k]));
  return Math.max(0, Math.hypot(beyond(frames.map((k) => x[k])), beyond(frames.map((k) => y[k]))) - noise);
}

/** Of four places in a row: how far the middle step lies outside the steps before and after it. */
export function beyond([a, b, c, d]: readonly number[]): number {
  const [before, now, after] = [b - a, c - b, d - c];
  return Math.max(0, now - Math.max(before, after), Math.min(before, after) - now);
}
