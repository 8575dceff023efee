/** The solids of a clip, from its pixels and the palette: per frame every part of a solid's colour, with pose, size and shape. */
import { CLIP, type Colour } from "../../world/types.ts";
import { components } from "../components.ts";
import { PIXELS } from "../fluid/shares.ts";
import type { ParsedSolid } from "../types.ts";
import { ballOf, boxOf, drawn, grown, type Moments, momentsOf, type Outline, overlap, squareness } from "./shape.ts";
import { type Chroma, chromaOf, mask, sharesOf, strangePixels } from "./shares.ts";

const { size: SIZE } = CLIP;

/** A part of fewer pixels, or less area, is noise or a sliver at the frame's edge. */
const LEAST_PIXELS = 6;
const LEAST_AREA = 6;
/** Squareness from which a part is drawn as a box. */
export const BOXY = 0.5;

/** One connected part of one colour in one frame. */
export interface Part {
  readonly colour: Colour;
  readonly x: number;
  readonly y: number;
  /** px². */
  readonly area: number;
  /** 0 for a disc, 1 for a square. */
  readonly squareness: number;
  /** By how much its spread along x exceeds that along y, and along one diagonal that along the other, px²: 0 and 0 of a ball. */
  readonly longer: readonly [straight: number, diagonal: number];
  readonly ball: Outline;
  readonly box: Outline;
  /** Indices of the pixels that it covers by half or more. */
  readonly pixels: readonly number[];
  /** Those and their neighbours, and each one's share of the colour. */
  readonly support: readonly number[];
  readonly shares: Float32Array;
  /** It reaches the frame's border. */
  readonly partial: boolean;
  /** Mean chroma of its inside away from the rim; null where that is only a few pixels. */
  readonly chroma: readonly [u: number, v: number] | null;
}

/** What is sought in a clip, and what was found. */
export interface SolidScene {
  /** Per sought solid and frame, largest first. */
  readonly parts: readonly (readonly (readonly Part[])[])[];
  /** Per frame: px² of colours that the sentence does not name, and those that are large enough to be a body. */
  readonly strange: readonly { readonly area: number; readonly parts: readonly Part[] }[];
}

/**
 * @param chromas the chroma of each frame
 * @param solids colours of the solids that are sought
 * @param others colours of what else the sentence names (liquids): a pixel on a solid's rim belongs to both in part
 */
export function parseSolids(
  chromas: readonly Chroma[],
  solids: readonly Colour[],
  others: readonly Colour[],
): SolidScene {
  const named = [...solids, ...others];
  const perFrame = chromas.map((chroma) => {
    const shares = solids.length > 0 ? sharesOf(chroma, named) : [];
    const parts = solids.map((colour, k) => partsOf(colour, shares[k], chroma));
    return { parts, strange: strangersOf(chroma, named) };
  });
  return {
    parts: solids.map((_, k) => perFrame.map(({ parts }) => parts[k])),
    strange: perFrame.map(({ strange }) => strange),
  };
}

function partsOf(colour: Colour, share: Float32Array, chroma: Chroma): Part[] {
  const found = components(mask(share, 0.5), LEAST_PIXELS);
  return found
    .map((pixels) => partOf(colour, pixels, found, share, chroma))
    .filter(({ area }) => area >= LEAST_AREA)
    .sort((a, b) => b.area - a.area);
}

function partOf(
  colour: Colour,
  pixels: readonly number[],
  all: readonly (readonly number[])[],
  share: Float32Array,
  chroma: Chroma,
): Part {
  const taken = new Uint8Array(PIXELS);
  for (const other of all) if (other !== pixels) for (const i of other) taken[i] = 1;
  const support = grown(pixels, taken);
  const moments = momentsOf(support, share);
  return {
    colour,
    x: moments.x,
    y: moments.y,
    area: moments.area,
    squareness: squareness(moments),
    longer: longerOf(moments, share, taken),
    ball: ballOf(moments),
    box: boxOf(moments),
    pixels,
    support,
    shares: Float32Array.from(support, (i) => share[i]),
    partial: pixels.some(onBorder),
    chroma: insideChroma(pixels, chroma),
  };
}

/** Radii, and px, from a part's centre within which a faint trail of it is sought. */
const TRAIL = { radii: 1.5, more: 2 } as const;

function longerOf({ area, x, y }: Moments, share: Float32Array, taken: Uint8Array): Part["longer"] {
  const reach = TRAIL.radii * Math.sqrt(Math.max(0, area) / Math.PI) + TRAIL.more;
  const [left, right] = [Math.max(0, Math.floor(x - reach)), Math.min(SIZE - 1, Math.floor(x + reach))];
  const [top, bottom] = [Math.max(0, Math.floor(y - reach)), Math.min(SIZE - 1, Math.floor(y + reach))];
  const near: number[] = [];
  for (let row = top; row <= bottom; row++)
    for (let i = row * SIZE + left; i <= row * SIZE + right; i++)
      if (!taken[i] && Math.hypot((i % SIZE) + 0.5 - x, row + 0.5 - y) < reach) near.push(i);
  const { xx, xy, yy } = momentsOf(near, share);
  return [xx - yy, 2 * xy];
}

const onBorder = (i: number): boolean => {
  const [x, y] = [i % SIZE, Math.floor(i / SIZE)];
  return x === 0 || y === 0 || x === SIZE - 1 || y === SIZE - 1;
};

/** Fewer inner pixels than this say too little about a colour under noise. */
const LEAST_INSIDE = 9;

function insideChroma(pixels: readonly number[], { u, v }: Chroma): readonly [number, number] | null {
  const own = new Uint8Array(PIXELS);
  for (const i of pixels) own[i] = 1;
  let [count, sumU, sumV] = [0, 0, 0];
  for (const i of pixels) {
    if (onBorder(i) || !surrounded(own, i)) continue;
    count++;
    sumU += u[i];
    sumV += v[i];
  }
  return count < LEAST_INSIDE ? null : [sumU / count, sumV / count];
}

function surrounded(own: Uint8Array, i: number): boolean {
  for (let y = -SIZE; y <= SIZE; y += SIZE) if (!own[i + y - 1] || !own[i + y] || !own[i + y + 1]) return false;
  return true;
}

/** Fewer pixels of a strange colour than this are noise, or a rim that was softened. */
const LEAST_STRANGE = 12;
const PALETTE_COLOURS: readonly Colour[] = ["red", "orange", "yellow", "green", "blue", "purple"];

function strangersOf(chroma: Chroma, named: readonly Colour[]): SolidScene["strange"][number] {
  const found = components(strangePixels(chroma, named), LEAST_STRANGE);
  const parts = found.map((pixels) => {
    const mean = (field: Float32Array) => pixels.reduce((sum, i) => sum + field[i], 0) / pixels.length;
    const colour = nearest(mean(chroma.smoothU), mean(chroma.smoothV));
    return partOf(colour, pixels, found, sharesOf(chroma, [colour])[0], chroma);
  });
  return { area: found.reduce((sum, pixels) => sum + pixels.length, 0), parts };
}

function nearest(u: number, v: number): Colour {
  const away = (colour: Colour) => Math.hypot(chromaOf(colour)[0] - u, chromaOf(colour)[1] - v);
  return PALETTE_COLOURS.reduce((best, colour) => (away(colour) < away(best) ? colour : best));
}

/** A part as the parsed scene shows it, drawn as what it looks like. */
export function parsedSolid(part: Part): ParsedSolid {
  const shape = part.squareness > BOXY ? "box" : "ball";
  const outline = part[shape];
  return {
    colour: part.colour,
    shape,
    x: part.x,
    y: part.y,
    angle: shape === "box" && !part.partial ? outline.angle : null,
    area: part.area,
    partial: part.partial,
    outline: drawn(outline),
  };
}

/** How well a part's pixels fill an outline, in [0, 1]. */
export const filling = (outline: Outline, part: Part): number => overlap(outline, part.support, part.shares);
