/**
 * The six colours that a body can have, and the one rule by which everything is painted, so that a judge can undo it.
 *
 * Every stored pixel is, channel by channel in sRGB bytes (no gamma anywhere) and before rounding,
 *
 *     pixel = Σ_k α_k · PALETTE[colour of body k] + n,     α_k ≥ 0,  Σ α_k ≤ 1
 *
 * α_k is the share of the pixel's area that body k is seen on, and n is NEUTRAL: the same number for R, G and B. n holds the grey
 * background and fixtures (times their share) and all of a body's texture, shading, highlight and shadow. So the two chroma
 * coordinates of `chroma` see α and nothing else: with one colour in a pixel α = |chroma(pixel)| / |chroma(colour)|, whatever the
 * light. Where two liquids are mixed, α splits linearly by their local share.
 */
import type { Colour, Rgb } from "../types.ts";

/** Every channel keeps SHADE away from 0 and 255, so that no texture clips and chroma survives. */
export const PALETTE: Readonly<Record<Colour, Rgb>> = {
  red: [214, 44, 52],
  orange: [217, 124, 40],
  yellow: [213, 186, 40],
  green: [50, 160, 74],
  blue: [40, 102, 212],
  purple: [138, 58, 194],
};

export const COLOURS: readonly Colour[] = ["red", "orange", "yellow", "green", "blue", "purple"];

/** A texture or light adds a neutral offset in ± SHADE to a body's colour. */
export const SHADE = 38;

/** The grey of backgrounds and fixtures stays in here. */
export const NEUTRAL = { darkest: 20, lightest: 235 } as const;

/** The part of a colour that no neutral offset changes: u = R − G, v = (R + G) / 2 − B. Linear in the pixel. */
export function chroma(r: number, g: number, b: number): readonly [u: number, v: number] {
  return [r - g, (r + g) / 2 - b];
}

/** Two colours by share: `share` of `a`, the rest `b`, channel by channel in sRGB bytes. */
export function mix(a: Rgb, b: Rgb, share: number): Rgb {
  const rest = 1 - share;
  return [a[0] * share + b[0] * rest, a[1] * share + b[1] * rest, a[2] * share + b[2] * rest];
}
