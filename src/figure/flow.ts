/** Optical flow as a row of the figure, and as numbers. */
import type { Grid, OpticalFlow } from "../worker/protocol.ts";
import type { PaneRow } from "./panes.ts";

/** Of the clip's lengths, the one that has the strongest colour: a few wild ones pale nothing. */
const STRONGEST = 0.99;
/** Where less than this moves, in pixels, no colour makes it look like motion. */
const LEAST_PX = 1;

/** The ways that are shown: none into another shot, as none out of the last frame. */
export function flowWithin({ vectors }: OpticalFlow, cuts: readonly number[], { F }: Pick<Grid, "F">): Float32Array {
  const kept = vectors.slice();
  const perFrame = vectors.length / F;
  for (const cut of cuts) kept.fill(Number.NaN, (cut - 1) * perFrame, cut * perFrame);
  return kept;
}

/** @param ways [F, S, 2] of `flowWithin` */
export function flowRow(ways: Float32Array): PaneRow {
  const values = new Float32Array(ways.length / 2);
  const directions = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    values[i] = Math.hypot(ways[2 * i], ways[2 * i + 1]);
    directions[i] = Math.atan2(ways[2 * i + 1], ways[2 * i]);
  }
  const lengths = values.filter((value) => !Number.isNaN(value)).sort();
  const high = Math.max(LEAST_PX, lengths[Math.floor(STRONGEST * (lengths.length - 1))] ?? 0);
  return {
    id: "flow",
    label: "optical flow",
    remark: "into the next",
    values,
    map: "heat",
    directions,
    scale: { kind: "linear", low: 0, high },
    scaleGroup: "flow",
    quantity: "flow, px =",
    unit: "px a frame",
    matches: [],
    entropyBits: null,
  };
}

/** Optical flow, so that anyone can check it. */
export interface FlowJson {
  /** One list a frame: [x, y] of each token, row by row; null where there is no next frame in the shot. */
  readonly frames: readonly (readonly (readonly [x: number, y: number])[] | null)[];
}

/** @param ways [F, S, 2] of `flowWithin` */
export function flowJson(ways: Float32Array, { F, H, W }: Pick<Grid, "F" | "H" | "W">): FlowJson {
  const S = H * W;
  const rounded = (i: number) => Number(ways[i].toFixed(2));
  const frame = (f: number) =>
    Number.isNaN(ways[2 * f * S])
      ? null
      : Array.from({ length: S }, (_, s) => [rounded(2 * (f * S + s)), rounded(2 * (f * S + s) + 1)] as const);
  return { frames: Array.from({ length: F }, (_, f) => frame(f)) };
}
