/** What the tests of a sentence are given, and how liquids are near each other. */
import type { Attributes } from "../../world/language/grammar.ts";
import type { Liquid } from "../fluid/parse.ts";
import { dilate, PIXELS } from "../fluid/shares.ts";
import type { SolidInput } from "../solid/input.ts";

export interface SentenceInput {
  readonly attributes: Attributes;
  readonly solid: SolidInput;
  /** In the sentence's order. */
  readonly liquids: readonly Liquid[];
}

/** Pixels [64, 64] that a liquid covers by at least a third. */
export function covered(share: Float32Array): Uint8Array {
  const is = new Uint8Array(PIXELS);
  for (let i = 0; i < PIXELS; i++) if (share[i] > 1 / 3) is[i] = 1;
  return is;
}

/** Number of pixels of one mask within `reach` of the other. */
export function touching(a: Uint8Array, b: Uint8Array, reach = 1): number {
  const near = dilate(a, reach);
  let count = 0;
  for (let i = 0; i < PIXELS; i++) if (near[i] && b[i]) count++;
  return count;
}
