import { HEAT_MAP } from "../figure/colors.ts";
import { place } from "../figure/scale.ts";
import type { SpaceInput } from "./space_input.ts";

/** Opacity of the shade over what the motion mask leaves out, and of the hottest token. */
const SHADE = 0.6;
const HOTTEST = 0.95;

/** How much a value covers: cold tokens show the frame, and the frames behind it. @param at place on the scale, 0 to 1 */
export const heatAlpha = (at: number): number => HOTTEST * at ** 2;

/**
 * A frame's tokens as RGBA, [S, 4] row-major: the heat over the mask's shade. null where there is nothing to paint.
 *
 * @param painted whether the distribution is painted on the frames
 */
export function heatPixels({ grid, heat, scale, mask }: SpaceInput, f: number, painted: boolean): Uint8Array | null {
  if (!painted && !mask) return null;
  const S = grid.H * grid.W;
  const pixels = new Uint8Array(4 * S);
  const map = new Uint8Array(HEAT_MAP.words.buffer);
  for (let s = 0; s < S; s++) {
    const at = painted ? place(scale, heat.probabilities[f * S + s]) : 0;
    const over = heatAlpha(at);
    const under = mask && !mask[f * S + s] ? SHADE * (1 - over) : 0;
    const alpha = over + under;
    if (alpha === 0) continue;
    const word = 4 * Math.round(at * 255);
    for (let c = 0; c < 3; c++) pixels[4 * s + c] = Math.round((map[word + c] * over) / alpha);
    pixels[4 * s + 3] = Math.round(255 * alpha);
  }
  return pixels;
}
