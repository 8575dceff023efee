/** What Compare asks, in one part that loads with its first question. */
export { compareChance } from "./chance.ts";
export { compare } from "./compare.ts";
export { compareLayers } from "./layers.ts";
export { compareLosses, compareQuery, compareSweep } from "./losses.ts";
