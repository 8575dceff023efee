/** All laws about liquids, tested on one parsed clip. */

import type { RuleResult } from "../types.ts";
import { buoyancyRule, displacementRule, liftRule } from "./buoyancy.ts";
import { colourRule } from "./colour.ts";
import { energyRule, layersRule } from "./energy.ts";
import { gravityRule } from "./gravity.ts";
import { inflowRule } from "./inflow.ts";
import type { FluidInput } from "./input.ts";
import { jumpRule, massRule, permanenceRule } from "./mass.ts";
import { mixingRule } from "./mixing.ts";
import { pulseRule } from "./momentum.ts";

/** @param frames U8 [T, 64, 64, 3], from which the liquids were parsed */
export function fluidRules(input: FluidInput, frames: Uint8Array): RuleResult[] {
  return [
    massRule(input),
    permanenceRule(input),
    jumpRule(input),
    pulseRule(input),
    inflowRule(input),
    colourRule(input, frames),
    gravityRule(input),
    energyRule(input),
    layersRule(input),
    mixingRule(input),
    buoyancyRule(input),
    displacementRule(input),
    liftRule(input),
  ];
}
