/** All laws about liquids, tested on one parsed clip. */
import { buoyancyRule, displacementRule } from "./fluid_buoyancy.ts";
import { colourRule } from "./fluid_colour.ts";
import { energyRule, layersRule } from "./fluid_energy.ts";
import { gravityRule } from "./fluid_gravity.ts";
import type { FluidInput } from "./fluid_input.ts";
import { jumpRule, massRule, permanenceRule } from "./fluid_mass.ts";
import { mixingRule } from "./fluid_mixing.ts";
import type { RuleResult } from "./types.ts";

/** @param frames U8 [T, 64, 64, 3], from which the liquids were parsed */
export function fluidRules(input: FluidInput, frames: Uint8Array): RuleResult[] {
  return [
    massRule(input),
    permanenceRule(input),
    jumpRule(input),
    colourRule(input, frames),
    gravityRule(input),
    energyRule(input),
    layersRule(input),
    mixingRule(input),
    buoyancyRule(input),
    displacementRule(input),
  ];
}
