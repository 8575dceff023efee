/** Floors and ledges, from the grey of the background: what a body can rest on or bounce off. */
import { CLIP } from "../../world/types.ts";
import { PIXELS } from "../fluid/shares.ts";
import type { Outline } from "./shape.ts";

const { size: SIZE, frames: T } = CLIP;

/** Chroma below which a pixel shows background alone; noise of σ 0.03 stays under it. */
const GREY = 40;
/** Least step of grey from wall to floor, in bytes; the world's are 38 and more, less what shadows and light take. */
const STEP = 18;
/** px by which the bright line on an upper edge shifts where the edge seems to be: measured on 100 clips, ±0.2 px remain. */
const HIGHLIGHT = { onDark: -0.25, onLight: 0.1 } as const;
/** Fixtures are drawn this far beyond the frame. */
const BEYOND = 64;

/** Mean over 16 frames of what each pixel [64, 64] shows while no body is before it; NaN where one always is. */
function background(frames: Uint8Array): Float32Array {
  const grey = new Float32Array(PIXELS);
  for (let i = 0; i < PIXELS; i++) {
    let [sum, count] = [0, 0];
    for (let t = 0; t < T; t++) {
      const at = 3 * (t * PIXELS + i);
      const [r, g, b] = [frames[at], frames[at + 1], frames[at + 2]];
      if (Math.abs(r - g) > GREY || Math.abs((r + g) / 2 - b) > GREY) continue;
      sum += g;
      count++;
    }
    grey[i] = count > 0 ? sum / count : NaN;
  }
  return grey;
}

/** Mean of the finite values in a rectangle of pixels; NaN without any. */
function meanOf(grey: Float32Array, left: number, top: number, right: number, bottom: number): number {
  let [sum, count] = [0, 0];
  for (let y = Math.max(0, top); y < Math.min(SIZE, bottom); y++) {
    for (let x = Math.max(0, left); x < Math.min(SIZE, right); x++) {
      const value = grey[y * SIZE + x];
      if (Number.isNaN(value)) continue;
      sum += value;
      count++;
    }
  }
  return sum / count;
}

/** Of columns left ≤ x < right: y of the topmost edge between wall and fixture, sub-pixel; null where there is none. */
function topEdge(grey: Float32Array, left: number, right: number): number | null {
  // Below its upper edge a fixture has a bright line of 1.6 px, above it the wall is in its shadow: both are stepped over.
  const step = (y: number) => meanOf(grey, left, y + 2, right, y + 5) - meanOf(grey, left, y - 4, right, y - 1);
  const steps = Array.from({ length: SIZE - 8 }, (_, k) => Math.abs(step(k + 4)) || 0);
  const most = Math.max(...steps);
  if (most < STEP) return null;
  // The plateau of a step is several rows wide; the edge is the sharpest change in it.
  const first = 4 + steps.findIndex((size) => size > 0.7 * most);
  const row = (y: number) => meanOf(grey, left, y, right, y + 1);
  let edge = first;
  for (let y = first; y <= Math.min(SIZE - 2, first + 5); y++) {
    if (Math.abs(row(y) - row(y - 1)) > Math.abs(row(edge) - row(edge - 1))) edge = y;
  }
  const above = row(edge - 2);
  const below = row(edge + 1);
  // One row holds both: which of the two next to the sharpest change it is, its own share says.
  const share = (y: number) => Math.max(0, Math.min(1, (row(y) - above) / (below - above)));
  return edge + 1 - share(edge) - share(edge - 1) + (below < above ? HIGHLIGHT.onDark : HIGHLIGHT.onLight);
}

const box = (left: number, top: number, right: number, bottom: number): Outline => ({
  shape: "box",
  x: (left + right) / 2,
  y: (top + bottom) / 2,
  angle: 0,
  half: [(right - left) / 2, (bottom - top) / 2],
});

/** The fixtures that are seen, as boxes that go on beyond the frame: a floor, and a ledge at one side where there is one. */
export function groundOf(frames: Uint8Array): Outline[] {
  const grey = background(frames);
  const tops = Array.from({ length: SIZE }, (_, x) => topEdge(grey, x - 1, x + 2));
  const seen = tops.filter((top) => top !== null);
  if (seen.length < SIZE / 2) return [];
  const floor = [...seen].sort((a, b) => a - b)[Math.floor(0.95 * (seen.length - 1))];
  const high = tops.map((top) => top !== null && top < floor - 4);
  const count = high.filter(Boolean).length;
  const ground = [box(-BEYOND, refine(grey, high, false) ?? floor, SIZE + BEYOND, SIZE + BEYOND)];
  if (count < 3) return ground;
  const left = high.slice(0, SIZE / 2).filter(Boolean).length >= count / 2;
  const level = refine(grey, high, true);
  if (level === null) return ground;
  const edge = left ? high.lastIndexOf(true) + 1 : high.indexOf(true);
  const side = sideEdge(grey, edge, Math.ceil(level) + 3, Math.floor(floor) - 2);
  ground.push(left ? box(-BEYOND, level, side, SIZE + BEYOND) : box(side, level, SIZE + BEYOND, SIZE + BEYOND));
  return ground;
}

/** The median edge of the columns that belong to the ledge, or to the floor, taken in groups so that noise averages out. */
function refine(grey: Float32Array, high: readonly boolean[], ledge: boolean): number | null {
  const edges: number[] = [];
  for (let x = 2; x + 6 < SIZE; x += 4) {
    if (high.slice(x - 2, x + 6).some((is) => is !== ledge)) continue;
    const top = topEdge(grey, x, x + 4);
    if (top !== null) edges.push(top);
  }
  edges.sort((a, b) => a - b);
  return edges.length > 0 ? edges[edges.length >> 1] : null;
}

/** x of a ledge's vertical side near column `near`, sub-pixel, from the rows between. */
function sideEdge(grey: Float32Array, near: number, top: number, bottom: number): number {
  if (bottom <= top) return near;
  const column = (x: number) => meanOf(grey, x, top, x + 1, bottom);
  let edge = near;
  for (let x = near - 2; x <= near + 2; x++) {
    if (Math.abs(column(x) - column(x - 1)) > Math.abs(column(edge) - column(edge - 1))) edge = x;
  }
  const [before, after] = [column(edge - 2), column(edge + 1)];
  const share = (x: number) => Math.max(0, Math.min(1, (column(x) - before) / (after - before)));
  return edge + 1 - share(edge) - share(edge - 1);
}
