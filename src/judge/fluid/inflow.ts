/** What is poured comes in evenly: in no frame much more than usually. */
import { traitsOf } from "../../world/language/patterns.ts";
import { CLIP } from "../../world/types.ts";
import { FLUID_TOLERANCES } from "../tolerances.ts";
import type { RuleResult } from "../types.ts";
import { type FluidInput, percent, result, silent } from "./input.ts";
import { LEAST_AREA } from "./parse.ts";
import { sourceStops } from "./pouring.ts";

/** Frames of pouring whose median is the usual rate, and px² a frame under which nothing is poured. */
const LEAST_FRAMES = 3;
const LEAST_RATE = 2;
/** Standard deviations of the clip's own noise by which a gain may be off: the largest of 16 frames is. */
const DOUBTS = 3;

/**
 * Of all that is poured together, by how much more than usually is gained in a frame. Less says nothing: a mouth closes, and bodies hide
 * what runs behind them.
 */
export function inflowRule({ attributes, liquids }: FluidInput): RuleResult {
  const overTime = silent();
  const gains = new Float64Array(CLIP.frames);
  const variances = new Float64Array(CLIP.frames);
  let usual = 0;
  for (const liquid of traitsOf(attributes).poured ? liquids : []) {
    const { area, doubt } = liquid;
    const first = area.findIndex((now) => now >= LEAST_AREA);
    const stop = sourceStops(attributes, liquid);
    if (first < 0 || stop - first < LEAST_FRAMES) continue;
    const gain = (t: number) => area[t] - area[t - 1];
    const pouring = Array.from({ length: stop - first }, (_, k) => gain(first + 1 + k)).sort((a, b) => a - b);
    const rate = pouring[pouring.length >> 1];
    if (rate < LEAST_RATE) continue;
    usual += rate;
    // In its first two frames a liquid is not yet wholly there.
    for (let t = first + 2; t < CLIP.frames; t++) {
      gains[t] += gain(t);
      variances[t] += 2 * doubt.area[t] ** 2;
      overTime[t] = 0;
    }
  }
  for (let t = 0; t < CLIP.frames; t++) {
    if (overTime[t] !== null) overTime[t] = Math.max(0, (gains[t] - DOUBTS * Math.sqrt(variances[t])) / usual - 1);
  }
  return result({
    rule: "inflow",
    tolerance: FLUID_TOLERANCES.inflow,
    overTime,
    says: (error) =>
      `In one frame ${percent(error)} more liquid comes in than usually; up to ${percent(FLUID_TOLERANCES.inflow)} may.`,
  });
}
