/** Liquid in free fall gains g in every frame, straight down: a drop by its centre, a jet by its shape. */
import { traitsOf } from "../../world/language/patterns.ts";
import { CLIP } from "../../world/types.ts";
import { FLUID_TOLERANCES } from "../tolerances.ts";
import type { RuleResult } from "../types.ts";
import { type FluidInput, percent, result, silent } from "./input.ts";
import { type Jet, jetOf } from "./jet.ts";
import type { Liquid } from "./parse.ts";
import { sourceStops } from "./pouring.ts";
import { dilate, PIXELS } from "./shares.ts";

const { size: SIZE } = CLIP;

/** With two frames there is no acceleration. */
const LEAST_FRAMES = 3;

export function gravityRule(input: FluidInput): RuleResult {
  const overTime = silent();
  const { gravity } = input.laws;
  const falls = traitsOf(input.attributes).event === "drop" ? dropFall(input) : jetFall(input);
  const off = ({ x, y, doubt }: Fall) => Math.max(0, Math.hypot(x, y - gravity) - doubt) / gravity;
  const fall = falls.reduce<Fall | null>((worst, one) => (worst && off(worst) >= off(one) ? worst : one), null);
  if (fall) overTime[fall.until] = off(fall);
  return result({
    rule: "liquid-gravity",
    tolerance: FLUID_TOLERANCES.gravity,
    overTime,
    says: (error) =>
      fall
        ? `Falling liquid accelerates by ${fall.y.toFixed(2)} px/frame² downwards, the law says ${gravity.toFixed(2)}: ${percent(error)} off, ${percent(FLUID_TOLERANCES.gravity)} is allowed.`
        : "No liquid falls freely for long enough to measure its acceleration.",
  });
}

/** Measured acceleration, px/frame²; the last frame that it comes from, and what pixel noise does to it (two standard deviations). */
interface Fall {
  readonly x: number;
  readonly y: number;
  readonly until: number;
  readonly doubt: number;
}

/** A drop's centre, while it is in the air. */
function dropFall({ liquids: [drop, pool] }: FluidInput): Fall[] {
  const free = freeFrames(drop, pool);
  if (!drop || free.length < LEAST_FRAMES) return [];
  // The second derivative by least squares has σ·√(720 / (n·(n² − 1)·(n² − 4))).
  const n = free.length;
  const gain = Math.sqrt(720 / (n * (n * n - 1) * (n * n - 4)));
  const bend = (places: Float64Array) =>
    bent(
      free,
      free.map((t) => places[t]),
    );
  const doubt = 2 * gain * Math.max(...free.map((t) => drop.doubt.place[t]));
  return [{ x: bend(drop.x), y: bend(drop.y), until: free[n - 1], doubt }];
}

/** What pours, by its jets; of two streams their mean. Once by the growth at first, and once by the fastest. */
function jetFall({ attributes, liquids, laws }: FluidInput): Fall[] {
  if (!traitsOf(attributes).poured) return [];
  const jets = liquids.flatMap((liquid) => {
    const others = liquids.filter((other) => other !== liquid);
    const jet = jetOf(attributes, liquid, others);
    return jet ? [{ ...jet, until: sourceStops(attributes, liquid) }] : [];
  });
  if (jets.length === 0) return [];
  const mean = (of: (jet: (typeof jets)[number]) => number) =>
    jets.reduce((sum, jet) => sum + of(jet), 0) / jets.length;
  const by = (times: (jet: Jet) => number): Fall => ({
    x: mean((jet) => times(jet) ** 2 * bent(jet.time, jet.x)),
    y: mean((jet) => times(jet) ** 2 * bent(jet.time, jet.y)),
    until: Math.max(...jets.map(({ until }) => until)),
    doubt: 4 * laws.gravity * mean(({ doubt }) => doubt),
  });
  return [by(() => 1), by(({ faster }) => faster)];
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

/** Second derivative of the parabola of least squares through places at these times, px/frame². */
export function bent(times: readonly number[], places: readonly number[]): number {
  const n = times.length;
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / n;
  const middle = mean(times);
  const t = times.map((time) => time - middle);
  // t² made orthogonal to 1 and t, so that what is left of it sees the bend alone.
  const squared = t.map((time) => time * time);
  const [s1, s2] = [mean(squared), mean(squared.map((value, k) => value * t[k])) / mean(squared)];
  const left = squared.map((value, k) => value - s1 - s2 * t[k]);
  const along = left.reduce((sum, value, k) => sum + value * places[k], 0);
  return (2 * along) / left.reduce((sum, value) => sum + value * value, 0);
}
