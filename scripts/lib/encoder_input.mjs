// What `figure` and `align` let the user choose about the encoder, and what it takes.
import { fail } from "./command.mjs";

/** What each encoder takes, from the page's own table: an object of null (any input) or { frames, token, … } by name. */
export async function encoderInputs() {
  const { importShell } = await import("./bundle.mjs");
  return (await importShell("choices")).ENCODER_INPUTS;
}

/** For a usage text: the names, and "; videomae: 16" where one takes a single number of frames, or size of token. */
export function encoderWords(inputs) {
  const fixed = (name) =>
    Object.entries(inputs)
      .map(([id, one]) => (one ? `; ${id}: ${one[name]}` : ""))
      .join("");
  return { names: Object.keys(inputs).join(", "), frames: fixed("frames"), token: fixed("token") };
}

/**
 * Frames and token size as numbers; texts that are undefined become what the encoder takes, or the command's defaults.
 * @param option the option that names the encoder
 * @param inputs what `encoderInputs` gave
 */
export function encoderInput(option, { encoder, frames, token }, defaults, inputs) {
  if (!Object.hasOwn(inputs, encoder)) {
    fail(`--${option} must be one of ${Object.keys(inputs).join(", ")}, got "${encoder}"`);
  }
  const fixed = inputs[encoder];
  const number = (name, text, fits, what) => {
    if (text === undefined) return fixed?.[name] ?? defaults[name];
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (!fits(value)) fail(`--${name} must be ${what}, got "${text}"`);
    if (fixed && value !== fixed[name]) {
      fail(`${encoder} takes --${name} ${fixed[name]}, got "${text}": leave it out, or choose another --${option}`);
    }
    return value;
  };
  return {
    frames: number("frames", frames, (n) => Number.isInteger(n) && n >= 4 && n <= 32, "a whole number from 4 to 32"),
    token: number("token", token, (n) => n === 8 || n === 16, "8 or 16"),
  };
}
