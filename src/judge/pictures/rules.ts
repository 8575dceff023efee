/** All laws about pictures as such, tested on one clip. */
import type { RuleResult } from "../types.ts";
import type { PictureInput } from "./input.ts";
import { momentRule, sharpnessRule } from "./moments.ts";
import { paceRule, skipRule } from "./pace.ts";

export const pictureRules = (input: PictureInput): RuleResult[] => [
  paceRule(input),
  skipRule(input),
  momentRule(input),
  sharpnessRule(input),
];
