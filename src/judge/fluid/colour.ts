/** A liquid keeps its colour. */
import { chroma, PALETTE } from "../../world/render/palette.ts";
import { FLUID_TOLERANCES } from "../tolerances.ts";
import type { RuleResult } from "../types.ts";
import { type FluidInput, percent, result, silent } from "./input.ts";
import { LEAST_AREA } from "./parse.ts";
import { dilate, PIXELS } from "./shares.ts";

/** px². Fewer pixels inside a liquid say too little about its colour under noise. */
const LEAST_INSIDE = 24;

/**
 * Mean chroma inside each liquid, away from its rim and from every other body, against the palette's: as a share of the palette
 * colour's own distance from grey.
 * @param frames U8 [T, 64, 64, 3]
 */
export function colourRule({ liquids, solids }: FluidInput, frames: Uint8Array): RuleResult {
  const overTime = silent();
  const counts = solids.map((frame) => frame.length);
  for (const liquid of liquids) {
    const [u, v] = chroma(...PALETTE[liquid.colour]);
    for (let t = 0; t < overTime.length; t++) {
      if (liquid.area[t] < LEAST_AREA) continue;
      const outside = new Uint8Array(PIXELS);
      for (const other of liquids) {
        const share = other.shares[t];
        if (other === liquid) for (let i = 0; i < PIXELS; i++) outside[i] |= share[i] < 0.5 ? 1 : 0;
        else for (let i = 0; i < PIXELS; i++) outside[i] |= share[i] > 0.08 ? 1 : 0;
      }
      const rim = dilate(outside, counts[t] > 0 ? 2 : 1);
      let [sumU, sumV, count] = [0, 0, 0];
      for (let i = 0; i < PIXELS; i++) {
        if (rim[i]) continue;
        const at = 3 * (t * PIXELS + i);
        sumU += frames[at] - frames[at + 1];
        sumV += (frames[at] + frames[at + 1]) / 2 - frames[at + 2];
        count++;
      }
      if (count < LEAST_INSIDE) continue;
      const error = Math.hypot(sumU / count - u, sumV / count - v) / Math.hypot(u, v);
      overTime[t] = Math.max(overTime[t] ?? 0, error);
    }
  }
  return result({
    rule: "liquid-colour",
    tolerance: FLUID_TOLERANCES.colour,
    overTime,
    says: (error) =>
      `A liquid's colour is ${percent(error)} off its own; up to ${percent(FLUID_TOLERANCES.colour)} is allowed.`,
  });
}
