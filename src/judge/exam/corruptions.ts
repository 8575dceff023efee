/** Every way in which a clip can be made to break a law: what the judge is examined with, and what the Evaluate view offers. */
import type { Corruption } from "./corruption.ts";
import { FLUID_CORRUPTIONS } from "./fluid_corruptions.ts";
import { SOLID_CORRUPTIONS } from "./solid_corruptions.ts";
import { TIME_CORRUPTIONS } from "./time_corruptions.ts";

export const CORRUPTIONS: readonly Corruption[] = [...SOLID_CORRUPTIONS, ...FLUID_CORRUPTIONS, ...TIME_CORRUPTIONS];
