/** What every rule about liquids is given, and how a rule answers. */
import type { Attributes } from "../../world/language/grammar.ts";
import type { Pattern } from "../../world/language/patterns.ts";
import type { Laws } from "../../world/laws.ts";
import { CLIP } from "../../world/types.ts";
import { RULES, type RuleName } from "../rules.ts";
import type { ParsedSolid, RuleResult } from "../types.ts";
import type { Liquid } from "./parse.ts";

export interface FluidInput {
  /** The prompt's words: by them a body is sinking, floating or heavy. Nothing is taken from the world's truth. */
  readonly attributes: Attributes;
  readonly laws: Laws;
  /** In the order of the sentence. */
  readonly liquids: readonly Liquid[];
  /** Per frame. */
  readonly solids: readonly (readonly ParsedSolid[])[];
  /** Variance of a pixel's noise, chroma's u and v together. */
  readonly noise: number;
}

export interface Measured {
  readonly rule: RuleName;
  readonly tolerance: number;
  /** One per frame; null where the rule says nothing. Where all are null the rule does not apply. */
  readonly overTime: readonly (number | null)[];
  readonly says: (error: number) => string;
}

/** The largest error over time is the rule's; NaN stays NaN, so that it fails (NaN ≤ tolerance is false). */
export function result({ rule, tolerance, overTime, says }: Measured): RuleResult {
  const seen = overTime.filter((value) => value !== null);
  const error = seen.length > 0 ? Math.max(0, ...seen) : 0;
  const applies = seen.length > 0;
  const words = Number.isFinite(error) ? says : () => UNMEASURED;
  return { rule, side: RULES[rule].side, error, tolerance, applies, overTime, says: applies ? words(error) : UNTESTED };
}

const UNTESTED = "This clip shows nothing that the rule could be tested on.";
const UNMEASURED = "This clip does not show what the rule measures, and so does not keep it.";

/** What liquids do in a scene, for tolerances that depend on it. */
export type Kind = "pool" | "liquids" | "poured" | "layered";

export function kindOf({ layered, poured, setting }: Pattern["traits"]): Kind {
  if (layered) return "layered";
  if (poured) return "poured";
  return setting === null ? "liquids" : "pool";
}

export const silent = (): (number | null)[] => new Array<number | null>(CLIP.frames).fill(null);

export const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
export const pixels = (length: number): string => `${length.toFixed(1)} px`;

/** Median of each value with its two neighbours in time: one frame's parsing slip moves nothing. */
export function steady(values: ArrayLike<number>): number[] {
  return Array.from({ length: values.length }, (_, t) => {
    const near = [values[Math.max(0, t - 1)], values[t], values[Math.min(values.length - 1, t + 1)]];
    return near.sort((a, b) => a - b)[1];
  });
}
