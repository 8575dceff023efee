/** Sink or float by density: how much of the body lies under the surface at the end, against Archimedes. */
import { traitsOf } from "../../world/language/patterns.ts";
import { DENSITY, GRAVITY } from "../../world/laws.ts";
import { CLIP, type Colour } from "../../world/types.ts";
import { rimNoise } from "../solid/shares.ts";
import { FLUID_TOLERANCES } from "../tolerances.ts";
import type { ParsedSolid, RuleResult } from "../types.ts";
import { densityOf } from "./energy.ts";
import { type FluidInput, percent, result, silent, steady } from "./input.ts";

const { size: SIZE } = CLIP;

/** y of the topmost liquid in each column, px, sub-pixel; NaN where a column has none. */
export function surface(share: Float32Array): Float64Array {
  const top = new Float64Array(SIZE).fill(NaN);
  for (let x = 0; x < SIZE; x++) {
    for (let y = 0; y < SIZE; y++) {
      if (share[y * SIZE + x] < 0.5) continue;
      const above = y > 0 ? share[(y - 1) * SIZE + x] : 0;
      // A straight edge within the pixel above covers that share of it.
      top[x] = y - Math.max(0, Math.min(0.5, above));
      break;
    }
  }
  return top;
}

export interface Pool {
  /** y of the undisturbed surface, px. */
  readonly level: number;
  /** px, across. */
  readonly width: number;
}

/** The pool as it lies in a frame in which it is at rest; null where there is none. */
export function poolOf(share: Float32Array): Pool | null {
  const tops = [...surface(share)].filter((y) => !Number.isNaN(y)).sort((a, b) => a - b);
  return tops.length >= 8 ? { level: tops[tops.length >> 1], width: tops.length } : null;
}

/** Share of the body's area below the surface that the pool has once the body's displacement has lifted it. */
export function submerged({ shape, y, area }: ParsedSolid, { level, width }: Pool): number {
  const half = shape === "ball" ? Math.sqrt(area / Math.PI) : Math.sqrt(area) / 2;
  let under = 0;
  // The lift depends on what is under, and the other way round: converges fast, a body is a small part of the pool's width.
  for (let pass = 0; pass < 8; pass++) {
    const depth = Math.max(-1, Math.min(1, (y - (level - (under * area) / width)) / half));
    under =
      shape === "ball" ? 0.5 + (depth * Math.sqrt(1 - depth * depth) + Math.asin(depth)) / Math.PI : (1 + depth) / 2;
  }
  return under;
}

/** Frames at the end over which a floating body's bobbing is averaged; a body that none of them shows isn't judged. */
const BOB = 3;

export function buoyancyRule(input: FluidInput): RuleResult {
  const { attributes, liquids, solids } = input;
  const overTime = silent();
  const [body] = attributes.things;
  const pool = liquids[0] ? poolOf(liquids[0].shares[0]) : null;
  const { event, body: weight } = traitsOf(attributes);
  const sinks = weight === "sinking";
  const expected = Math.min(1, densityOf(input, body.colour) / DENSITY.liquid);
  let found = NaN;
  if (pool && event === "plunge") {
    const under = solids.map((frame) => {
      const solid = frame.find(({ colour }) => colour === body.colour);
      return solid ? submerged(solid, pool) : NaN;
    });
    const seen = under.slice(-BOB).filter((share) => !Number.isNaN(share));
    const ending = sinks ? seen.slice(-1) : seen;
    found = ending.reduce((sum, share) => sum + share, 0) / ending.length;
    // A body that never got there is a matter of the sentence's event, not of this law; nor is one that cannot be seen at the end.
    if (ending.length > 0 && under.some((share) => share > 0.3))
      overTime[under.length - 1] = Math.abs(found - expected);
  }
  const tolerance = FLUID_TOLERANCES.buoyancy[sinks ? "sinking" : "floating"];
  return result({
    rule: "sink-or-float",
    tolerance,
    overTime,
    says: (error) =>
      `At the end ${percent(found)} of the body is under the surface, ${percent(expected)} by its density: ${percent(error)} apart, ${percent(tolerance)} is allowed.`,
  });
}

/** Share of a body that is under the surface before what it displaces can be told from pixel noise. */
const LEAST_UNDER = 0.5;

/** A body and a liquid are never in one place: what the body takes is pushed aside, so no liquid goes missing under it. */
export function displacementRule({ attributes, liquids: [liquid], solids }: FluidInput): RuleResult {
  const overTime = silent();
  const [body] = attributes.things;
  const pool = liquid && traitsOf(attributes).event === "plunge" ? poolOf(liquid.shares[0]) : null;
  if (pool) {
    const amount = steady(liquid.area);
    for (const [t, frame] of solids.entries()) {
      const solid = frame.find(({ colour }) => colour === body.colour);
      const under = solid ? submerged(solid, pool) : 0;
      if (!solid || under < LEAST_UNDER) continue;
      const missing = amount[0] - amount[t] - 2 * liquid.doubt.area[t];
      overTime[t] = Math.max(0, missing / (under * solid.area));
    }
  }
  return result({
    rule: "displacement",
    tolerance: FLUID_TOLERANCES.displacement,
    overTime,
    says: (error) =>
      `Liquid goes missing that amounts to ${percent(error)} of the body's part under the surface; what a body displaces goes elsewhere, ${percent(FLUID_TOLERANCES.displacement)} is allowed.`,
  });
}

/** Frames in a row over which forces are averaged: one place is off by more than a force moves in a frame. */
const WINDOW = 4;
/** px/frame² of drag per (px/frame)², as the world's liquids have at most. */
const DRAG = 0.16;
/** Of a body: with less of it in the liquid the surface that it breaks decides, unless it is hardly moving (px/frame). */
const IN_LIQUID = 0.3;
const AT_REST = { under: 0.03, speed: 0.4 } as const;

/**
 * What pixel noise may do to the mean of so many accelerations, px/frame²: two standard deviations. Of the places only the first two and
 * the last two are left in it, so it has the deviation of one place, doubled, over the frames.
 */
function liftDoubt({ colour, area }: ParsedSolid, liquid: Colour, noise: number): number {
  // The body's pixels and those round it: Σ dy² over a disc of radius R is π·R⁴/4.
  const radius = Math.sqrt(area / Math.PI) + 1;
  const place = (rimNoise([colour, liquid], noise) * Math.sqrt(Math.PI / 4) * radius * radius) / area;
  return (2 * 2 * place) / WINDOW;
}

/**
 * Newton's law up and down for a body in liquid: its weight less that of what it displaces moves it and as much liquid as it displaces
 * (the added mass of a disc), and drag may only brake it. What of its acceleration is neither is the error, px/frame².
 */
export function liftRule(input: FluidInput): RuleResult {
  const { attributes, liquids, solids, laws, noise } = input;
  const overTime = silent();
  const [body] = attributes.things;
  const pool = liquids[0] && traitsOf(attributes).event === "plunge" ? poolOf(liquids[0].shares[0]) : null;
  const density = densityOf(input, body.colour);
  const tolerance = FLUID_TOLERANCES.lift * Math.max(1, laws.gravity / GRAVITY);
  const seen = solids.map((frame) => frame.find(({ colour, partial }) => colour === body.colour && !partial));
  const excess = seen.map((now, t) => {
    const [before, after] = [seen[t - 1], seen[t + 1]];
    const under = now && pool ? submerged(now, pool) : 0;
    if (!before || !now || !after) return NaN;
    const [speed, found] = [(after.y - before.y) / 2, after.y - 2 * now.y + before.y];
    const rests = under > AT_REST.under && Math.abs(speed) < AT_REST.speed;
    if (under < IN_LIQUID && !rests) return NaN;
    const displaced = under * DENSITY.liquid;
    const unexplained = found - (laws.gravity * (density - displaced)) / (density + displaced);
    // Drag is against the way that it goes, and may be anything up to this.
    const drag = -Math.sign(speed) * DRAG * speed * speed;
    return unexplained - Math.max(Math.min(0, drag), Math.min(Math.max(0, drag), unexplained));
  });
  for (let t = 0; t + WINDOW <= excess.length; t++) {
    const mean = excess.slice(t, t + WINDOW).reduce((sum, one) => sum + one, 0) / WINDOW;
    const now = seen[t + WINDOW - 1];
    if (!now || Number.isNaN(mean)) continue;
    overTime[t + WINDOW - 1] = Math.max(0, Math.abs(mean) - liftDoubt(now, liquids[0].colour, noise));
  }
  return result({
    rule: "lift",
    tolerance,
    overTime,
    says: (error) =>
      `In the liquid the body's acceleration is ${error.toFixed(2)} px/frame² off what weight, lift and drag explain; ${Number(tolerance.toFixed(2))} is allowed.`,
  });
}
