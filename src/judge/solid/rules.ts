/** All laws about solids, tested on one parsed clip. */

import type { RuleResult } from "../types.ts";
import { area, colour, jump, permanence, pulse, shape } from "./body_rules.ts";
import { contactRules } from "./contact_rules.ts";
import type { SolidInput } from "./input.ts";
import { gravity, inertia } from "./motion_rules.ts";
import { smear } from "./smear.ts";

export function solidRules(input: SolidInput): RuleResult[] {
  if (input.tracks.length === 0) return [];
  return [
    permanence(input),
    area(input),
    shape(input),
    smear(input),
    colour(input),
    jump(input),
    pulse(input),
    gravity(input),
    inertia(input),
    ...contactRules(input),
  ];
}
