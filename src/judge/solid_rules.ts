/** All laws about solids, tested on one parsed clip. */
import { area, colour, jump, permanence, shape } from "./solid_body_rules.ts";
import { contactRules } from "./solid_contact_rules.ts";
import type { SolidInput } from "./solid_input.ts";
import { gravity, inertia } from "./solid_motion_rules.ts";
import type { RuleResult } from "./types.ts";

export function solidRules(input: SolidInput): RuleResult[] {
  if (input.tracks.length === 0) return [];
  return [
    permanence(input),
    area(input),
    shape(input),
    colour(input),
    jump(input),
    gravity(input),
    inertia(input),
    ...contactRules(input),
  ];
}
