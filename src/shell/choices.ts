/** What the shell commands let the user choose, from the tables of the page. */
import { ENCODER_IDS, ENCODERS } from "../encoders/input.ts";

export { LOSSES } from "../alignment/losses.ts";
export { TASKS } from "../data/task.ts";
export { ARMS, DRAWN, STARTS, TEACHERS } from "../train/diffusion/recipe.ts";
export { OPTIMIZER_NAMES, RATE_DECAY_NAMES } from "../train/rates.ts";

/** The encoders that a command can be given, with the input that they take; null: any. */
export const ENCODER_INPUTS = Object.fromEntries(ENCODER_IDS.map((id) => [id, ENCODERS[id].fixed]));
