/** A liquid neither grows nor shrinks, and moves only as far in a frame as liquid can. */
import { traitsOf } from "../../world/language/patterns.ts";
import { CLIP } from "../../world/types.ts";
import { FLUID_TOLERANCES } from "../tolerances.ts";
import type { RuleResult } from "../types.ts";
import { type FluidInput, kindOf, percent, pixels, result, silent, steady } from "./input.ts";
import { LEAST_AREA, type Liquid } from "./parse.ts";
import { sourceStops } from "./pouring.ts";
import { dilate, PIXELS } from "./shares.ts";

/** px that liquid moves in a frame at most: the world holds its particles under it. */
const REACH = 8;

/** Standard deviations of the clip's own noise by which two frames may differ: the extremes of 16 frames do. */
const DOUBTS = 3;

export function massRule({ attributes, liquids }: FluidInput): RuleResult {
  const overTime = silent();
  let worst = { error: 0, from: 0, to: 0, colour: "" };
  for (const liquid of liquids) {
    const amount = steady(liquid.area);
    const stop = sourceStops(attributes, liquid);
    if (Math.max(...amount) < LEAST_AREA) continue;
    let low = amount[stop];
    let high = amount[0];
    for (let t = 0; t < amount.length; t++) {
      // While it pours only a loss counts; afterwards a gain on the least seen since does as well.
      high = Math.max(high, amount[t]);
      if (t >= stop) low = Math.min(low, amount[t]);
      const noise = DOUBTS * liquid.doubt.area[t];
      const lost = (high - amount[t] - noise) / Math.max(high, LEAST_AREA);
      const gained = t >= stop ? (amount[t] - low - noise) / Math.max(low, LEAST_AREA) : 0;
      const error = Math.max(0, lost, gained);
      overTime[t] = Math.max(overTime[t] ?? 0, error);
      if (error > worst.error)
        worst = { error, from: lost > gained ? high : low, to: amount[t], colour: liquid.colour };
    }
  }
  return result({
    rule: "liquid-mass",
    tolerance: FLUID_TOLERANCES.mass,
    overTime,
    says: (error) =>
      worst.colour
        ? `The ${worst.colour} liquid goes from ${worst.from.toFixed(0)} to ${worst.to.toFixed(0)} px²: ${percent(error)} beyond pixel noise, and up to ${percent(FLUID_TOLERANCES.mass)} is allowed.`
        : "The amount of liquid stays the same.",
  });
}

/** Share of the liquid that is, or was, further away in the frame before, or after, than liquid moves in a frame. */
export function permanenceRule({ liquids }: FluidInput): RuleResult {
  const overTime = silent();
  for (const { shares, area } of liquids) {
    const most = Math.max(...area);
    const near = shares.map((share) => {
      const is = new Uint8Array(PIXELS);
      for (let i = 0; i < PIXELS; i++) if (share[i] !== 0) is[i] = 1;
      return dilate(is, REACH);
    });
    for (let t = 1; t < CLIP.frames; t++) {
      if (area[t - 1] < LEAST_AREA || area[t] < LEAST_AREA) continue;
      const appeared = beyond(shares[t], near[t - 1]);
      const gone = beyond(shares[t - 1], near[t]);
      overTime[t] = Math.max(overTime[t] ?? 0, appeared / most, gone / most);
    }
  }
  return result({
    rule: "liquid-permanence",
    tolerance: FLUID_TOLERANCES.permanence,
    overTime,
    says: (error) =>
      `${percent(error)} of a liquid is seen ${REACH} px or more from any of it one frame before or after; up to ${percent(FLUID_TOLERANCES.permanence)} may be.`,
  });
}

function beyond(share: Float32Array, reach: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < share.length; i++) if (!reach[i]) sum += share[i];
  return sum;
}

/** The centre of a liquid changes its velocity only as fast as forces can: no jumps. */
export function jumpRule({ attributes, liquids }: FluidInput): RuleResult {
  const overTime = silent();
  for (const liquid of liquids) {
    for (let t = 1; t + 1 < CLIP.frames; t++) {
      const error = bend(liquid, t, traitsOf(attributes).poured !== null);
      if (error !== null) overTime[t] = Math.max(overTime[t] ?? 0, error);
    }
  }
  const tolerance = FLUID_TOLERANCES.jump[kindOf(traitsOf(attributes))];
  return result({
    rule: "liquid-jump",
    tolerance,
    overTime,
    says: (error) =>
      `A liquid's centre changes its velocity by ${pixels(error)}/frame within a frame; forces here can do up to ${pixels(tolerance)}.`,
  });
}

/**
 * Second difference of the first moment about the centre at t, per amount at t: what forces do to the liquid, px/frame². Of poured
 * liquid the moment also bends where the mouth opens or closes: by the second difference of the amount times the way to the mouth,
 * wherever in the frame that is, and by no more than what usually comes in a frame. What of the bend can be that, or the clip's own noise, is left out.
 * @returns null where too little is seen for its centre to mean the same in all three frames
 */
function bend({ area, x, y, doubt }: Liquid, t: number, poured: boolean): number | null {
  const largest = Math.max(...area);
  if (Math.min(area[t - 1], area[t], area[t + 1]) < Math.max(LEAST_AREA, largest / 3)) return null;
  const noise = 2 * Math.sqrt(doubt.place[t - 1] ** 2 + 4 * doubt.place[t] ** 2 + doubt.place[t + 1] ** 2);
  if (!poured) {
    return Math.max(0, Math.hypot(x[t + 1] - 2 * x[t] + x[t - 1], y[t + 1] - 2 * y[t] + y[t - 1]) - noise);
  }
  const [before, after] = [area[t - 1] / area[t], area[t + 1] / area[t]];
  const most = usualGrowth(area) / area[t];
  const change = Math.max(-most, Math.min(most, before - 2 + after));
  const unexplained = (place: Float64Array) => {
    const bent = before * (place[t - 1] - place[t]) + after * (place[t + 1] - place[t]);
    const [a, b] = [change * (0 - place[t]), change * (CLIP.size - place[t])];
    return bent - Math.max(Math.min(a, b), Math.min(Math.max(a, b), bent));
  };
  return Math.max(0, Math.hypot(unexplained(x), unexplained(y)) - noise);
}

/** px² that come in a frame while it pours: the median of the frames in which the liquid grows. */
function usualGrowth(area: Float64Array): number {
  const steps = [...area.subarray(1)].map((now, k) => now - area[k]).filter((step) => step > 2);
  return steps.length > 0 ? steps.sort((a, b) => a - b)[steps.length >> 1] : 0;
}
