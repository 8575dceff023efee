/** What moves by itself in a film, beside the camera. Pure arithmetic on small pictures. */
import type { SmallFrame } from "./shots.ts";

/** Side of a block and distance between two, in pixels of the small picture. */
export const BLOCK = 8;
const STRIDE = 4;
/** How far a block is looked for between two frames. */
const REACH = 6;
/** Blocks flatter than this, in grey levels of standard deviation, can be anywhere. */
const FLAT = 3;

/** Luminance of a small picture, 0 to 255. */
export interface Grey {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

export function greyOf({ width, height, data }: SmallFrame): Grey {
  const grey = new Float32Array(width * height);
  for (let i = 0; i < grey.length; i++) {
    grey[i] = 0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2];
  }
  return { width, height, data: grey };
}

/** A block of a frame. Where it is, in pixels of its upper left corner. */
export interface Block {
  readonly x: number;
  readonly y: number;
  /** Standard deviation of its grey levels. */
  readonly texture: number;
}

/** The blocks of a picture, those that are not flat. */
export function blocksOf(grey: Grey): Block[] {
  const blocks: Block[] = [];
  for (let y = 0; y + BLOCK <= grey.height; y += STRIDE) {
    for (let x = 0; x + BLOCK <= grey.width; x += STRIDE) {
      const texture = deviation(grey, x, y);
      if (texture >= FLAT) blocks.push({ x, y, texture });
    }
  }
  return blocks;
}

/** The middle of a block as a fraction of the frame. */
export const middleOf = ({ x, y }: Block, { width, height }: Grey): readonly [x: number, y: number] => [
  (x + BLOCK / 2) / width,
  (y + BLOCK / 2) / height,
];

function deviation({ data, width }: Grey, x: number, y: number): number {
  let [sum, squares] = [0, 0];
  for (let j = 0; j < BLOCK; j++) {
    for (let i = 0; i < BLOCK; i++) {
      const value = data[(y + j) * width + x + i];
      sum += value;
      squares += value * value;
    }
  }
  const n = BLOCK * BLOCK;
  return Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2));
}

/** Mean absolute difference of a block of `a` and what lies (dx, dy) whole pixels from it in `b`. Infinity outside, and beyond `limit`. */
function misfit(a: Grey, { x, y }: Block, b: Grey, dx: number, dy: number, limit = Number.POSITIVE_INFINITY): number {
  const [left, top] = [x + dx, y + dy];
  if (left < 0 || top < 0 || left + BLOCK > b.width || top + BLOCK > b.height) return Number.POSITIVE_INFINITY;
  const most = limit * BLOCK * BLOCK;
  let sum = 0;
  for (let j = 0; j < BLOCK; j++) {
    const [own, other] = [(y + j) * a.width + x, (top + j) * b.width + left];
    for (let i = 0; i < BLOCK; i++) sum += Math.abs(a.data[own + i] - b.data[other + i]);
    if (sum > most) return Number.POSITIVE_INFINITY;
  }
  return sum / (BLOCK * BLOCK);
}

/** The same for fractions of pixels. */
function misfitBetween(a: Grey, { x, y }: Block, b: Grey, dx: number, dy: number): number {
  const [x0, y0] = [Math.floor(x + dx), Math.floor(y + dy)];
  if (x0 < 0 || y0 < 0 || x0 + BLOCK >= b.width || y0 + BLOCK >= b.height) return Number.POSITIVE_INFINITY;
  const [u, v] = [x + dx - x0, y + dy - y0];
  let sum = 0;
  for (let j = 0; j < BLOCK; j++) {
    for (let i = 0; i < BLOCK; i++) {
      const at = (y0 + j) * b.width + x0 + i;
      const upper = b.data[at] * (1 - u) + b.data[at + 1] * u;
      const lower = b.data[at + b.width] * (1 - u) + b.data[at + b.width + 1] * u;
      sum += Math.abs(a.data[(y + j) * a.width + x + i] - (upper * (1 - v) + lower * v));
    }
  }
  return sum / (BLOCK * BLOCK);
}

/** Where a block went: the least misfit within REACH, the nearer of two alike. */
function search(a: Grey, block: Block, b: Grey): { readonly dx: number; readonly dy: number; readonly misfit: number } {
  let best = { dx: 0, dy: 0, misfit: misfit(a, block, b, 0, 0) };
  for (let dy = -REACH; dy <= REACH; dy++) {
    for (let dx = -REACH; dx <= REACH; dx++) {
      const found = misfit(a, block, b, dx, dy, best.misfit);
      if (found < best.misfit - 1e-6) best = { dx, dy, misfit: found };
    }
  }
  return best;
}

/** The camera's motion: dx = c[0] + c[1]·x + c[2]·y, and dy likewise. It drifts, turns, nears and shears. */
type Affine = readonly [readonly number[], readonly number[]];

const ROUNDS = 8;

/** Weighted least squares, in which blocks that move otherwise count less each round. */
function cameraOf(places: readonly { x: number; y: number; dx: number; dy: number }[]): Affine {
  const median = (values: number[]) => values.sort((p, q) => p - q)[Math.floor(values.length / 2)] ?? 0;
  let fit: Affine = [
    [median(places.map(({ dx }) => dx)), 0, 0],
    [median(places.map(({ dy }) => dy)), 0, 0],
  ];
  if (places.length < 8) return fit;
  for (let round = 0; round < ROUNDS; round++) {
    const weights = places.map(({ x, y, dx, dy }) => {
      const off = Math.hypot(dx - at(fit[0], x, y), dy - at(fit[1], x, y));
      return 1 / (1 + off * off) ** 2;
    });
    const next = [solve(places, weights, "dx"), solve(places, weights, "dy")] as const;
    if (!next[0] || !next[1]) break;
    fit = [next[0], next[1]];
  }
  return fit;
}

const at = (c: readonly number[], x: number, y: number): number => c[0] + c[1] * x + c[2] * y;

/** Three normal equations by elimination; null where the places lie on a line. */
function solve(
  places: readonly { x: number; y: number; dx: number; dy: number }[],
  weights: readonly number[],
  of: "dx" | "dy",
): readonly number[] | null {
  const rows = [0, 1, 2].map(() => [0, 0, 0, 0]);
  places.forEach((place, i) => {
    const v = [1, place.x, place.y];
    for (let r = 0; r < 3; r++) {
      for (let c = 0; c < 3; c++) rows[r][c] += weights[i] * v[r] * v[c];
      rows[r][3] += weights[i] * v[r] * place[of];
    }
  });
  for (let c = 0; c < 3; c++) {
    const pivot = [c, c + 1, c + 2]
      .filter((r) => r < 3)
      .reduce((p, r) => (Math.abs(rows[r][c]) > Math.abs(rows[p][c]) ? r : p));
    [rows[c], rows[pivot]] = [rows[pivot], rows[c]];
    if (Math.abs(rows[c][c]) < 1e-9) return null;
    for (let r = 0; r < 3; r++) {
      if (r === c) continue;
      const factor = rows[r][c] / rows[c][c];
      for (let k = c; k < 4; k++) rows[r][k] -= factor * rows[c][k];
    }
  }
  return rows.map((row, r) => row[3] / row[r]);
}

/** A block, and how much better its own way explains the next picture than the camera's does, in grey levels. */
export interface MovingBlock {
  readonly block: Block;
  readonly gain: number;
}

/**
 * Of each block of `a` that is not flat: how much of the change to `b` is its own motion. Change that no motion explains, such as a
 * flicker, counts as none.
 */
export function ownMotion(a: Grey, b: Grey): MovingBlock[] {
  const found = blocksOf(a).map((block) => ({ block, ...search(a, block, b) }));
  // A block on the edge of the reach was not found.
  const sure = found.filter(({ dx, dy }) => Math.max(Math.abs(dx), Math.abs(dy)) < REACH);
  const camera = cameraOf(sure.map(({ block: { x, y }, dx, dy }) => ({ x, y, dx, dy })));
  return found.map(({ block, misfit: own }) => {
    const { x, y } = block;
    const [dx, dy] = [at(camera[0], x, y), at(camera[1], x, y)];
    // Between pixels a picture is smoother than it is: the nearest whole ones may fit better.
    const byCamera = Math.min(misfitBetween(a, block, b, dx, dy), misfit(a, block, b, Math.round(dx), Math.round(dy)));
    return { block, gain: Number.isFinite(byCamera) ? Math.max(0, byCamera - own) : 0 };
  });
}

/** Two blocks that overlap are not compared. */
const APART = BLOCK;

/** How unlike every other block of its frame each block is: the misfit to its nearest look-alike, in grey levels. */
export function distinctness(grey: Grey, blocks: readonly Block[]): number[] {
  return blocks.map((block) => {
    let least = 64;
    for (const other of blocks) {
      const [dx, dy] = [other.x - block.x, other.y - block.y];
      if (Math.max(Math.abs(dx), Math.abs(dy)) < APART) continue;
      least = Math.min(least, misfit(grey, block, grey, dx, dy, least));
    }
    return least;
  });
}
