import { VideoError } from "../video/types.ts";
import type { FixedInput } from "./input.ts";
import type { EncoderInput } from "./types.ts";

/**
 * Frames in the one form that an encoder takes.
 * @throws VideoError "too-few-frames"; RangeError for another size or token
 */
export function checkFixed(name: string, { pixels, size, token }: EncoderInput, fixed: FixedInput): void {
  if (fixed.frames !== null && pixels.length !== fixed.frames) {
    throw new VideoError(
      "too-few-frames",
      `${name} takes exactly ${fixed.frames} frames, got ${pixels.length}: choose a longer window, or XFeat`,
    );
  }
  if (size.width !== fixed.size.width || size.height !== fixed.size.height || token !== fixed.token) {
    throw new RangeError(
      `${name} takes frames of ${fixed.size.width}×${fixed.size.height} in tokens of ${fixed.token} px, got ${size.width}×${size.height} in ${token} px`,
    );
  }
}
