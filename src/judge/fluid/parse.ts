/** The liquids of a clip, from its pixels: where each is, how much of it, and its outline for drawing. */
import { chroma, PALETTE } from "../../world/render/palette.ts";
import { CLIP, type Colour } from "../../world/types.ts";
import type { ParsedFluid } from "../types.ts";
import { outlines } from "./outline.ts";
import { PIXELS, type Reach, withinReach } from "./shares.ts";

const { size: SIZE } = CLIP;

/** px². Less than this is no body of liquid but what unmixing leaves at the edges of other bodies: its centroid means nothing. */
export const LEAST_AREA = 6;

/** One liquid through the clip; T frames. */
export interface Liquid {
  readonly colour: Colour;
  /** Per frame [64, 64]: the share of each pixel that it covers, 0 away from it. Noise is on both sides of the truth. */
  readonly shares: readonly Float32Array[];
  /** Per frame, px². */
  readonly area: Float64Array;
  /** Per frame, px: the centroid; NaN while there is less than LEAST_AREA. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Per frame: what the clip's own pixel noise does to them, as standard deviations in px² and px. */
  readonly doubt: { readonly area: Float64Array; readonly place: Float64Array };
}

/**
 * @param frames U8 [T, 64, 64, 3]
 * @param liquids what is sought
 * @param solids colours of the solids in the clip: a pixel on their rim belongs to both in part
 */
export function parseLiquids(frames: Uint8Array, liquids: readonly Colour[], solids: readonly Colour[]): Liquid[] {
  const count = frames.length / (PIXELS * 3);
  const perFrame = Array.from({ length: count }, (_, t) =>
    unmix(frames.subarray(t * PIXELS * 3, (t + 1) * PIXELS * 3), [...liquids, ...solids]).slice(0, liquids.length),
  );
  return liquids.map((colour, k) =>
    track(
      colour,
      perFrame.map((fields) => withinReach(fields[k])),
    ),
  );
}

function track(colour: Colour, frames: readonly Reach[]): Liquid {
  const [area, x, y] = [0, NaN, NaN].map((value) => new Float64Array(frames.length).fill(value));
  const doubt = { area: new Float64Array(frames.length), place: new Float64Array(frames.length) };
  frames.forEach(({ share, noise }, t) => {
    let [sumX, sumY, count] = [0, 0, 0];
    for (let i = 0; i < PIXELS; i++) {
      if (share[i] === 0) continue;
      area[t] += share[i];
      sumX += share[i] * ((i % SIZE) + 0.5);
      sumY += share[i] * (Math.floor(i / SIZE) + 0.5);
      count++;
    }
    doubt.area[t] = noise * Math.sqrt(count);
    if (area[t] < LEAST_AREA) return;
    x[t] = sumX / area[t];
    y[t] = sumY / area[t];
    let spread = 0;
    for (let i = 0; i < PIXELS; i++) {
      if (share[i] !== 0) spread += ((i % SIZE) + 0.5 - x[t]) ** 2 + (Math.floor(i / SIZE) + 0.5 - y[t]) ** 2;
    }
    doubt.place[t] = (noise * Math.sqrt(spread)) / area[t];
  });
  return { colour, shares: frames.map(({ share }) => share), area, x, y, doubt };
}

/** What of the liquids is seen in frame t, for the parsed scene; a liquid that isn't there is left out. */
export function parsedFluids(liquids: readonly Liquid[], t: number): ParsedFluid[] {
  return liquids
    .filter(({ area }) => area[t] >= LEAST_AREA)
    .map(({ colour, shares, area, x, y }) => ({
      colour,
      area: area[t],
      x: x[t],
      y: y[t],
      outlines: outlines(shares[t]),
    }));
}

/** Least-squares shares of one or two colours from the chroma of each pixel, [64, 64] each. */
function unmix(pixels: Uint8Array, colours: readonly Colour[]): Float32Array[] {
  const fields = colours.map(() => new Float32Array(PIXELS));
  const [p, q] = colours.map((colour) => chroma(...PALETTE[colour]));
  for (let i = 0; i < PIXELS; i++) {
    const [u, v] = chroma(pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]);
    if (!q) fields[0][i] = (u * p[0] + v * p[1]) / (p[0] * p[0] + p[1] * p[1]);
    else {
      const area = p[0] * q[1] - p[1] * q[0];
      fields[0][i] = (u * q[1] - v * q[0]) / area;
      fields[1][i] = (p[0] * v - p[1] * u) / area;
    }
  }
  return fields;
}
