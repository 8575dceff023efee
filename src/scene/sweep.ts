/** Surfaces swept along a thread: plain arrays that three.js, a test and a file can all take. */
import { type BlockLayout, gapOf, pointOf } from "./layout.ts";
import { between, rootOf, type Spread, sureness } from "./spread.ts";

/** Triangles with a normal and an alpha at each vertex. */
export interface Surface {
  /** [V, 3] */
  readonly positions: Float32Array;
  /** [V, 3], outwards, unit length. */
  readonly normals: Float32Array;
  /** [V] */
  readonly alphas: Float32Array;
  /** Counter-clockwise as seen from outside. */
  readonly indices: Uint16Array;
}

/** Corners of a cross-section, and cross-sections from one frame to the next. */
export const RING = 20;
export const STATIONS = 12;
/** A dash and the gap behind it, in cross-sections. */
const DASH = { on: 2, period: 4 } as const;
/** In tokens: what a perfectly sure match is still drawn with. */
const THINNEST = 0.12;

/**
 * How dense the cloud is drawn: the same ink on a wider ellipse is paler. From 0.12 where nothing is known to 0.6 for a
 * single token.
 */
export const cloudAlpha = (sure: number): number => 0.12 + 0.48 * sure ** 1.5;

/**
 * The tube between frame `f` and the next: at every cross-section the ellipse of `sigmas` standard deviations.
 *
 * @param dashed leaves every other band out
 */
export function sweepGap(
  layout: BlockLayout,
  from: Spread,
  to: Spread,
  f: number,
  sigmas: number,
  dashed: boolean,
): Surface {
  const sections = STATIONS + 1;
  const positions = new Float32Array(3 * RING * sections);
  const alphas = new Float32Array(RING * sections);
  for (let i = 0; i < sections; i++) {
    const spread = between(from, to, i / STATIONS);
    const root = rootOf(widened(spread));
    const alpha = cloudAlpha(sureness(spread, layout));
    for (let k = 0; k < RING; k++) {
      const angle = (2 * Math.PI * k) / RING;
      const [u, v] = [sigmas * Math.cos(angle), sigmas * Math.sin(angle)];
      const row = spread.row + root.rowCol * u + root.rowRow * v;
      const col = spread.col + root.colCol * u + root.rowCol * v;
      const { x, y, z } = pointOf(layout, f + i / STATIONS, row, col);
      positions.set([x, y, z], 3 * (i * RING + k));
      alphas[i * RING + k] = alpha;
    }
  }
  const bands = Array.from({ length: STATIONS }, (_, i) => i).filter((i) => !dashed || i % DASH.period < DASH.on);
  return { positions, normals: normalsOf(positions, sections), alphas, indices: indicesOf(bands) };
}

/** A spread that is never thinner than a thread. */
function widened({ varRow, varCol, cov }: Spread) {
  const least = THINNEST * THINNEST;
  return { varRow: varRow + least, varCol: varCol + least, cov };
}

function indicesOf(bands: readonly number[]): Uint16Array {
  const indices = new Uint16Array(6 * RING * bands.length);
  let at = 0;
  for (const i of bands) {
    for (let k = 0; k < RING; k++) {
      const next = (k + 1) % RING;
      const [a, b, c, d] = [i * RING + k, i * RING + next, (i + 1) * RING + k, (i + 1) * RING + next];
      // Rows grow against y, so the ring runs clockwise when seen from the front.
      indices.set([a, b, c, b, d, c], at);
      at += 6;
    }
  }
  return indices;
}

/** Across the directions around and along, by differences between neighbours. */
function normalsOf(positions: Float32Array, sections: number): Float32Array {
  const normals = new Float32Array(positions.length);
  const read = (i: number, k: number) => positions.subarray(3 * (i * RING + k), 3 * (i * RING + k) + 3);
  for (let i = 0; i < sections; i++) {
    const [before, after] = [Math.max(i - 1, 0), Math.min(i + 1, sections - 1)];
    for (let k = 0; k < RING; k++) {
      const around = difference(read(i, (k + 1) % RING), read(i, (k + RING - 1) % RING));
      const along = difference(read(after, k), read(before, k));
      const [x, y, z] = cross(around, along);
      const length = Math.hypot(x, y, z) || 1;
      normals.set([x / length, y / length, z / length], 3 * (i * RING + k));
    }
  }
  return normals;
}

type Triple = readonly [number, number, number];

const difference = (a: Float32Array, b: Float32Array): Triple => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];

const cross = (a: Triple, b: Triple): Triple => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** Where the beads of a student's thread lie between frame `f` and the next: evenly, about `spacing` apart, [count, 3]. */
export function beadsOf(layout: BlockLayout, from: Spread, to: Spread, f: number, spacing: number): Float32Array {
  const a = pointOf(layout, f, from.row, from.col);
  const b = pointOf(layout, f + 1, to.row, to.col);
  const length = Math.hypot(b.x - a.x, b.y - a.y, gapOf(layout));
  const count = Math.min(Math.max(Math.round(length / spacing), 2), 40);
  const beads = new Float32Array(3 * count);
  for (let i = 0; i < count; i++) {
    const t = (i + 0.5) / count;
    beads.set([a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t, a.z + (b.z - a.z) * t], 3 * i);
  }
  return beads;
}
