/**
 * The constants of this world's physics and what its words mean in numbers. The judge knows them as well: they are the laws that a
 * generated clip is measured against.
 */
import type { SizeWord, SpeedWord } from "./language/words.ts";

/** px/frame², downwards, in scenes seen from the side. A fall from rest takes 10 frames for 25 px. */
export const GRAVITY = 0.5;

/** Of every contact between solids, and of solids with fixtures. */
export const RESTITUTION = 0.8;

/** Coulomb's coefficient: contacts seen from above slide freely, a bouncing ball takes on some spin, a ledge is slippery. */
export const FRICTION = { top: 0, floor: 0.2, ledge: 0.02 } as const;

/** Mass per px². Solids that meet only solids and liquid without a weight word are 1. */
export const DENSITY = { solid: 1, sinking: 2, floating: 0.5, liquid: 1, heavy: 3, light: 1 } as const;

/** px. A ball's radius. Each word is a range, the seed picks in it; words that training never sees lie outside the others. */
export const RADIUS: Readonly<Record<SizeWord, readonly [number, number]>> = {
  tiny: [3.6, 4],
  small: [5.2, 5.8],
  large: [7.8, 8.6],
  huge: [10, 10.8],
};

/** Half the side of the square box whose area is a ball's of radius 1. */
export const BOX_HALF = 0.8862269254527579;

/** A box's width over height lies in here. */
export const BOX_ASPECT: readonly [number, number] = [0.85, 1.18];

/** px/frame, of the body or stream that the sentence is about; without a word it lies anywhere from slowly to quickly. */
export const SPEED: Readonly<Record<SpeedWord, readonly [number, number]>> = {
  "very slowly": [1.2, 1.5],
  slowly: [1.9, 2.4],
  quickly: [3.3, 4],
  "very quickly": [4.8, 5.5],
};

export const ANY_SPEED: readonly [number, number] = [1.9, 4];
