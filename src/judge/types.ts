/**
 * What the law judge says of a clip. Its scores are always called SA*, PC* and Joint* (law judge): they measure laws of the sandbox
 * world and are no VideoPhy scores.
 */
import type { Category, Colour } from "../world/types.ts";
import type { RuleName, RuleWords } from "./rules.ts";

/** What the judge saw in one frame: made from pixels and the known palette alone, never from the world's truth. */
export interface ParsedFrame {
  readonly solids: readonly ParsedSolid[];
  readonly fluids: readonly ParsedFluid[];
}

export interface ParsedSolid {
  readonly colour: Colour;
  readonly shape: "ball" | "box";
  /** px, sub-pixel. */
  readonly x: number;
  readonly y: number;
  /** Radians modulo the shape's symmetry; null where it can't be seen. */
  readonly angle: number | null;
  /** px². */
  readonly area: number;
  /** Partly outside the frame or covered: its position isn't used by rules that need a whole body. */
  readonly partial: boolean;
  /** Closed outline for drawing, [x₀, y₀, x₁, y₁, …] in px. */
  readonly outline: readonly number[];
}

export interface ParsedFluid {
  readonly colour: Colour;
  /** px² of this liquid, mixtures counted by their share. */
  readonly area: number;
  readonly x: number;
  readonly y: number;
  readonly outlines: readonly (readonly number[])[];
}

/** One law, tested on one clip. It holds when error ≤ tolerance. */
export interface RuleResult {
  /** Stable identifier, "momentum"; its words are in `rules.ts`. */
  readonly rule: RuleName;
  readonly side: RuleWords["side"];
  /** In the unit of the rule (a fraction, a radius, …); 0 where the rule does not apply. */
  readonly error: number;
  readonly tolerance: number;
  readonly applies: boolean;
  /** The error at each frame, for charts; null at frames where it says nothing. */
  readonly overTime: readonly (number | null)[];
  /** One plain sentence: what was measured and what the law expects, with both numbers. */
  readonly says: string;
}

export interface Verdict {
  readonly prompt: string;
  readonly category: Category;
  /** SA*: in [0, 1], holds at ≥ .5. */
  readonly sa: number;
  readonly pc: number;
  readonly joint: boolean;
  /** VideoPhy2's 1 … 5; "≥ 4" is the same line as holding. */
  readonly saGrade: 1 | 2 | 3 | 4 | 5;
  readonly pcGrade: 1 | 2 | 3 | 4 | 5;
  readonly rules: readonly RuleResult[];
  /** Why the clip could not be judged (nothing to parse); it then counts as failing both. */
  readonly discarded: string | null;
  readonly parsed: readonly ParsedFrame[];
}
