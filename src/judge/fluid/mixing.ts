/** Two liquids that have mixed do not come apart again. */
import { traitsOf } from "../../world/language/patterns.ts";
import { FLUID_TOLERANCES } from "../tolerances.ts";
import type { RuleResult } from "../types.ts";
import { type FluidInput, percent, result, silent, steady } from "./input.ts";
import type { Liquid } from "./parse.ts";
import { PIXELS, smooth } from "./shares.ts";

/** px². Less than this is liquids side by side, not mixed. */
const LEAST_MIXED = 30;

/** px², per frame: Σ 4·a·b of the two liquids' shares, each a mean over 3×3 pixels; 1 in a pixel that is half of each. */
export function mixed(a: Liquid, b: Liquid): number[] {
  return a.shares.map((share, t) => {
    const [p, q] = [smooth(share), smooth(b.shares[t])];
    let sum = 0;
    for (let i = 0; i < PIXELS; i++) sum += 4 * p[i] * q[i];
    return sum;
  });
}

export function mixingRule({ attributes, liquids }: FluidInput): RuleResult {
  const overTime = silent();
  const [a, b] = liquids;
  // Heavy and light do come apart: each on its way to its own place.
  if (a && b && !traitsOf(attributes).layered) {
    let most = 0;
    steady(mixed(a, b)).forEach((now, t) => {
      most = Math.max(most, now);
      if (most >= LEAST_MIXED) overTime[t] = (most - now) / most;
    });
  }
  return result({
    rule: "no-unmixing",
    tolerance: FLUID_TOLERANCES.unmixing,
    overTime,
    says: (error) =>
      `The liquids come apart again by ${percent(error)} of what had mixed; up to ${percent(FLUID_TOLERANCES.unmixing)} is allowed.`,
  });
}
