import { HEAT_MAP } from "../figure/colors.ts";
import { place } from "../figure/scale.ts";
import { heatAlpha } from "./heat_pixels.ts";
import { type BlockLayout, gapOf, pointOf } from "./layout.ts";
import type { SpaceInput } from "./space_input.ts";

/** Height of probability 1, as a share of the way to the frame before. */
const TALLEST = 0.8;

/** A height field over one frame, a vertex at each token's centre. */
export interface Lifted {
  /** [S, 3] */
  readonly positions: Float32Array;
  /** [S, 4]: linear RGB, as three.js wants vertex colours, and alpha. */
  readonly colors: Float32Array;
  readonly indices: Uint16Array;
}

/** The frame's distribution as a surface that rises towards the frame before it, on the scale that the colours have. */
export function liftedSurface({ heat, scale }: SpaceInput, layout: BlockLayout, f: number): Lifted {
  const { H, W } = layout;
  const S = H * W;
  const positions = new Float32Array(3 * S);
  const colors = new Float32Array(4 * S);
  const map = new Uint8Array(HEAT_MAP.words.buffer);
  for (let s = 0; s < S; s++) {
    const at = place(scale, heat.probabilities[f * S + s]);
    const { x, y, z } = pointOf(layout, f, Math.floor(s / W), s % W);
    positions.set([x, y, z + at * TALLEST * gapOf(layout)], 3 * s);
    const word = 4 * Math.round(at * 255);
    colors.set([linear(map[word]), linear(map[word + 1]), linear(map[word + 2]), heatAlpha(at)], 4 * s);
  }
  return { positions, colors, indices: gridIndices(H, W) };
}

/** Of the sRGB curve; exact enough for 8 bits. */
const linear = (byte: number) => (byte <= 10 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4);

function gridIndices(H: number, W: number): Uint16Array {
  const indices: number[] = [];
  for (let y = 0; y + 1 < H; y++) {
    for (let x = 0; x + 1 < W; x++) {
      const a = y * W + x;
      indices.push(a, a + W, a + 1, a + 1, a + W, a + W + 1);
    }
  }
  return new Uint16Array(indices);
}
