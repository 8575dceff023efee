/** Liquid that comes in while the clip runs comes in at one place, its mouth: while that is full it pours, once it is empty no more. */
import type { Attributes } from "../../world/language/grammar.ts";
import { traitsOf } from "../../world/language/patterns.ts";
import { CLIP } from "../../world/types.ts";
import { LEAST_AREA, type Liquid } from "./parse.ts";
import { PIXELS, smooth } from "./shares.ts";

const { size: SIZE } = CLIP;

/** px. The mouth is the liquid of its first frame up to this far from the edge where it comes in. */
const MOUTH = 2.5;
/** Of what the mouth holds at first: with less it runs dry. */
const DRY = 0.4;

/**
 * The first frame from which nothing comes in any more; 0 for liquid that is there from the start.
 * A stream comes in at the side where it is seen first, what is poured from above.
 */
export function sourceStops(attributes: Attributes, liquid: Liquid): number {
  const { poured } = traitsOf(attributes);
  if (!poured) return 0;
  const first = liquid.area.findIndex((area) => area >= LEAST_AREA);
  if (first < 0) return 0;
  const share = liquid.shares[first];
  const depth = depthFrom(poured === "sides" ? liquid.x[first] : null);
  // By the means of 3×3: a grainy pixel beside the jet is no mouth.
  const near = smooth(share);
  const wet = Array.from({ length: PIXELS }, (_, i) => i).filter((i) => near[i] > 0.5);
  const edge = Math.min(...wet.map(depth));
  const mouth = wet.filter((i) => depth(i) < edge + MOUTH);
  const held = liquid.shares.map((now) => mouth.reduce((sum, i) => sum + now[i], 0));
  for (let t = CLIP.frames - 1; t >= first; t--)
    if (held[t] > DRY * held[first]) return Math.min(t + 1, CLIP.frames - 1);
  return first;
}

/** px of a pixel's centre from the upper edge, or from the side that is nearer to x. */
function depthFrom(x: number | null): (i: number) => number {
  if (x === null) return (i) => Math.floor(i / SIZE) + 0.5;
  return x < SIZE / 2 ? (i) => (i % SIZE) + 0.5 : (i) => SIZE - 0.5 - (i % SIZE);
}
