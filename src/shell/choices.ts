/** What the shell commands let the user choose, from the tables of the page. */
import { ENCODER_IDS, ENCODERS } from "../encoders/input.ts";

export { LOSSES } from "../alignment/losses.ts";

/** The encoders that a command can be given, with the input that they take; null: any. */
export const ENCODER_INPUTS = Object.fromEntries(ENCODER_IDS.map((id) => [id, ENCODERS[id].fixed]));
