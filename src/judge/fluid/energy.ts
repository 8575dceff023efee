/** What lies high has the energy to; nothing rises for free. */
import { traitsOf } from "../../world/language/patterns.ts";
import { densitiesOf } from "../../world/laws.ts";
import type { Colour } from "../../world/types.ts";
import { FLUID_TOLERANCES } from "../tolerances.ts";
import type { RuleResult } from "../types.ts";
import { type FluidInput, percent, pixels, result, silent } from "./input.ts";
import { LEAST_AREA } from "./parse.ts";
import { sourceStops } from "./pouring.ts";

/** Mass per px² that the prompt's words give this body. */
export function densityOf({ attributes, laws }: Pick<FluidInput, "attributes" | "laws">, colour: Colour): number {
  const density = densitiesOf(laws);
  const thing = attributes.things.find((candidate) => candidate.colour === colour);
  if (thing?.noun === "ball" || thing?.noun === "box") return density[traitsOf(attributes).body];
  return thing?.weight ? density[thing.weight] : density.liquid;
}

/** A body's centre through the clip; NaN where it isn't seen whole. */
interface Weight {
  readonly mass: number;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** Liquids, and the solids that move in them freely. */
export function weights(input: FluidInput): Weight[] {
  const { attributes, liquids, solids } = input;
  const found: Weight[] = liquids.map(({ colour, area, x, y }) => {
    const sorted = [...area].sort((a, b) => a - b);
    return { mass: densityOf(input, colour) * sorted[sorted.length >> 1], x: [...x], y: [...y] };
  });
  for (const { colour, noun } of attributes.things) {
    if (noun !== "ball" && noun !== "box") continue;
    const seen = solids.map((frame) => frame.find((solid) => solid.colour === colour && !solid.partial));
    const areas = seen.flatMap((solid) => (solid ? [solid.area] : [])).sort((a, b) => a - b);
    if (areas.length === 0) continue;
    const mass = densityOf(input, colour) * areas[areas.length >> 1];
    found.push({ mass, x: seen.map((solid) => solid?.x ?? NaN), y: seen.map((solid) => solid?.y ?? NaN) });
  }
  return found;
}

/**
 * Potential energy, given as the height of everything's common centre in px, may never exceed what it and the motion amounted to
 * in the first two frames that show every body whole (of poured liquid: once the source has stopped, so of liquid that pours to the
 * end nothing is said). What stirs within a liquid at that moment isn't seen; the tolerance holds it.
 */
export function energyRule(input: FluidInput): RuleResult {
  const overTime = silent();
  const bodies = weights(input);
  const stops = Math.max(0, ...input.liquids.map((liquid) => sourceStops(input.attributes, liquid)));
  const height = overTime.map((_, t) => heightOf(bodies, t));
  // Between frames t and t + 1: NaN where a body isn't seen whole in both.
  const budgets = height.slice(1).map((after, t) => (height[t] + after) / 2 + lift(bodies, t, input.laws.gravity));
  const start = budgets.findIndex((budget, t) => t >= stops && !Number.isNaN(budget));
  // What is driven from outside brings energy that no picture shows.
  const closed = !traitsOf(input.attributes).driven;
  if (closed && start >= 0 && input.liquids.some(({ area }) => Math.max(...area) >= LEAST_AREA)) {
    for (let t = start; t < height.length; t++)
      if (!Number.isNaN(height[t])) overTime[t] = Math.max(0, height[t] - budgets[start]);
  }
  return result({
    rule: "liquid-energy",
    tolerance: FLUID_TOLERANCES.energy,
    overTime,
    says: (error) =>
      `Everything's common centre rises ${pixels(error)} above what its first height and motion can lift it to; ${pixels(FLUID_TOLERANCES.energy)} is allowed.`,
  });
}

/** px that the common centre lies above the frame's top: negative. */
function heightOf(bodies: readonly Weight[], t: number): number {
  let sum = 0;
  let mass = 0;
  for (const body of bodies) {
    if (body.mass === 0) continue;
    sum -= body.mass * body.y[t];
    mass += body.mass;
  }
  return sum / mass;
}

/** px by which the motion between frames t and t + 1 could lift everything: Σ ½·m·v² / (Σm·g). */
function lift(bodies: readonly Weight[], t: number, gravity: number): number {
  let energy = 0;
  let mass = 0;
  for (const body of bodies) {
    if (body.mass === 0) continue;
    const [vx, vy] = [body.x[t + 1] - body.x[t], body.y[t + 1] - body.y[t]];
    energy += 0.5 * body.mass * (vx * vx + vy * vy);
    mass += body.mass;
  }
  return energy / (mass * gravity);
}

/** Heavy over light turns over: at the end the heavy liquid's centre lies below the light one's. */
export function layersRule({ attributes, liquids }: FluidInput): RuleResult {
  const overTime = silent();
  const by = (weight: "heavy" | "light") => {
    const colour = attributes.things.find((thing) => thing.weight === weight)?.colour;
    return liquids.find((liquid) => liquid.colour === colour);
  };
  const [heavy, light] = [by("heavy"), by("light")];
  if (heavy && light) {
    const last = heavy.y.length - 1;
    const first = Math.abs(light.y[0] - heavy.y[0]);
    // 1 where the heavy one is as far above as they were apart at first, 0 where it is as far below.
    const above = (t: number) => Math.max(0, (light.y[t] - heavy.y[t] + first) / (2 * first));
    overTime[last] = above(last);
  }
  return result({
    rule: "heavy-below-light",
    tolerance: FLUID_TOLERANCES.layers,
    overTime,
    says: (error) =>
      `At the end ${percent(error)} of the way from heavy below to heavy above; up to ${percent(FLUID_TOLERANCES.layers)} is allowed.`,
  });
}
