// What `figure` and `align` let the user choose about the encoder, and what it takes.
import { fail } from "./command.mjs";

/** Encoders by name. One that takes a single input says which, as src/encoders/input.ts does; the page checks it again. */
const ENCODERS = { xfeat: null, "raw-patches": null, videomae: { frames: 16, token: 8 } };

/** For a usage text. */
export const ENCODER_CHOICES = "xfeat, raw-patches or videomae (our own of the sandbox: 16 frames, tokens of 8)";

/**
 * Frames and token size as numbers; texts that are undefined become what the encoder takes, or the command's defaults.
 * @param option the option that names the encoder
 */
export function encoderInput(option, { encoder, frames, token }, defaults) {
  if (!Object.hasOwn(ENCODERS, encoder)) {
    fail(`--${option} must be one of ${Object.keys(ENCODERS).join(", ")}, got "${encoder}"`);
  }
  const fixed = ENCODERS[encoder];
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
