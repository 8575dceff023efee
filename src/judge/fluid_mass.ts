/** A liquid neither grows nor shrinks, and moves only as far in a frame as liquid can. */
import { CLIP, type TemplateName } from "../world/types.ts";
import { type FluidInput, percent, pixels, result, silent, steady } from "./fluid_input.ts";
import { LEAST_AREA, type Liquid } from "./fluid_parse.ts";
import { dilate } from "./fluid_shares.ts";
import { FLUID_TOLERANCES, REACH } from "./fluid_tolerances.ts";
import type { RuleResult } from "./types.ts";

/** Sentences whose liquids come in while the clip runs, all of them from a mouth. */
const POURED: readonly TemplateName[] = ["pour", "stream"];

export const isPoured = ({ template }: FluidInput["attributes"]): boolean => POURED.includes(template);

/**
 * The first frame from which nothing is poured any more: after the run of frames in which the liquid grows by more than half of
 * its usual growth. 0 for liquid that is there from the start.
 */
export function sourceStops(area: readonly number[]): number {
  const growth = area.map((now, t) => (t > 0 ? now - area[t - 1] : 0));
  const largest = Math.max(...growth);
  const flowing = growth.filter((step) => step > 0.3 * largest).sort((a, b) => a - b);
  const usual = flowing.length > 0 ? flowing[flowing.length >> 1] : 0;
  if (usual < 2) return 0;
  for (let t = area.length - 1; t > 0; t--) {
    // Two frames together: the world's rows of particles enter unevenly.
    const before = t > 1 ? growth[t - 1] : growth[t];
    if (growth[t] > 0.5 * usual && before > 0.25 * usual) return t;
  }
  return 0;
}

export function massRule({ attributes, liquids }: FluidInput): RuleResult {
  const overTime = silent();
  let worst = { error: 0, from: 0, to: 0, colour: "" };
  for (const { colour, area } of liquids) {
    const amount = steady(area);
    if (Math.max(...amount) < LEAST_AREA) continue;
    const stop = isPoured(attributes) ? sourceStops(amount) : 0;
    let low = amount[stop];
    let high = amount[0];
    for (let t = 0; t < amount.length; t++) {
      // While it pours only a loss counts; afterwards a gain on the least seen since does as well.
      high = Math.max(high, amount[t]);
      if (t >= stop) low = Math.min(low, amount[t]);
      const lost = (high - amount[t]) / Math.max(high, LEAST_AREA);
      const gained = t >= stop ? (amount[t] - low) / Math.max(low, LEAST_AREA) : 0;
      const error = Math.max(lost, gained);
      overTime[t] = Math.max(overTime[t] ?? 0, error);
      if (error > worst.error) worst = { error, from: lost > gained ? high : low, to: amount[t], colour };
    }
  }
  return result({
    rule: "liquid-mass",
    tolerance: FLUID_TOLERANCES.mass,
    overTime,
    says: (error) =>
      worst.colour
        ? `The ${worst.colour} liquid goes from ${worst.from.toFixed(0)} to ${worst.to.toFixed(0)} px²: ${percent(error)}, and up to ${percent(FLUID_TOLERANCES.mass)} is allowed.`
        : "The amount of liquid stays the same.",
  });
}

/** Share of the liquid that is, or was, further away in the frame before, or after, than liquid moves in a frame. */
export function permanenceRule({ liquids }: FluidInput): RuleResult {
  const overTime = silent();
  for (const { shares, area } of liquids) {
    const most = Math.max(...area);
    const near = shares.map((share) =>
      dilate(
        Uint8Array.from(share, (value) => (value !== 0 ? 1 : 0)),
        REACH,
      ),
    );
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
export function jumpRule({ liquids }: FluidInput): RuleResult {
  const overTime = silent();
  for (const liquid of liquids) {
    for (let t = 1; t + 1 < CLIP.frames; t++) {
      const error = bend(liquid, t);
      if (error !== null) overTime[t] = Math.max(overTime[t] ?? 0, error);
    }
  }
  return result({
    rule: "liquid-jump",
    tolerance: FLUID_TOLERANCES.jump,
    overTime,
    says: (error) =>
      `A liquid's centre changes its velocity by ${pixels(error)}/frame within a frame; forces here can do up to ${pixels(FLUID_TOLERANCES.jump)}.`,
  });
}

/** Second difference of the centroid, px; null where too little is seen for its centre to mean the same in all three frames. */
function bend({ area, x, y }: Liquid, t: number): number | null {
  const most = Math.max(...area);
  if (Math.min(area[t - 1], area[t], area[t + 1]) < Math.max(LEAST_AREA, most / 3)) return null;
  return Math.hypot(x[t + 1] - 2 * x[t] + x[t - 1], y[t + 1] - 2 * y[t] + y[t - 1]);
}
