/** What the words of size and speed mean in numbers, to the world and to the judge. */
import type { SizeWord, SpeedWord } from "./words.ts";

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
