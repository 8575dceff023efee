/** Liquid in free fall gains g in every frame, straight down. */
import { GRAVITY } from "../world/laws.ts";
import { CLIP } from "../world/types.ts";
import { type FluidInput, percent, result, silent } from "./fluid_input.ts";
import type { Liquid } from "./fluid_parse.ts";
import { dilate, PIXELS } from "./fluid_shares.ts";
import { FLUID_TOLERANCES } from "./fluid_tolerances.ts";
import type { RuleResult } from "./types.ts";

const { size: SIZE } = CLIP;

/** With fewer frames a centroid's noise of 0.05 px is more than half the tolerance. */
const LEAST_FRAMES = 5;

export function gravityRule(input: FluidInput): RuleResult {
  const overTime = silent();
  let found: readonly [number, number] = [NaN, NaN];
  if (input.attributes.template === "drop") {
    const [drop, pool] = input.liquids;
    const free = freeFrames(drop, pool);
    if (drop && free.length >= LEAST_FRAMES) {
      found = [acceleration(free.map((t) => drop.x[t])), acceleration(free.map((t) => drop.y[t]))];
      const error = Math.hypot(found[0], found[1] - GRAVITY) / GRAVITY;
      overTime[free[free.length - 1]] = error;
    }
  }
  return result({
    rule: "liquid-gravity",
    tolerance: FLUID_TOLERANCES.gravity,
    overTime,
    says: (error) =>
      `Falling liquid accelerates by ${found[1].toFixed(2)} px/frame² downwards, the law says ${GRAVITY.toFixed(2)}: ${percent(error)} off, ${percent(FLUID_TOLERANCES.gravity)} is allowed.`,
  });
}

/** The first run of frames in which the drop is whole in the picture and nothing of the pool is near. */
function freeFrames(drop: Liquid | undefined, pool: Liquid | undefined): number[] {
  const run: number[] = [];
  if (!drop || !pool) return run;
  for (let t = 0; t < CLIP.frames; t++) {
    const near = dilate(mask(drop.shares[t]), 1);
    const cut = drop.shares[t].slice(0, SIZE).some((share) => share > 0.2);
    const touches = mask(pool.shares[t]).some((is, i) => is && near[i]);
    if (!cut && !touches && !Number.isNaN(drop.y[t])) run.push(t);
    else if (run.length > 0) return run;
  }
  return run;
}

const mask = (share: Float32Array): Uint8Array => {
  const is = new Uint8Array(PIXELS);
  for (let i = 0; i < PIXELS; i++) if (share[i] > 0.35) is[i] = 1;
  return is;
};

/** Of the parabola of least squares through equally spaced places, px/frame². */
export function acceleration(places: readonly number[]): number {
  const n = places.length;
  const middle = (n - 1) / 2;
  const spread = (n * n - 1) / 12;
  let along = 0;
  let norm = 0;
  for (let k = 0; k < n; k++) {
    const weight = (k - middle) * (k - middle) - spread;
    along += weight * places[k];
    norm += weight * weight;
  }
  return (2 * along) / norm;
}
