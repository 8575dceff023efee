/** What is grey: the wall or table behind everything, and the fixtures. Neutral to the bit, so that chroma belongs to bodies alone. */

import { cos, sin } from "../exact.ts";
import { Random } from "../random.ts";
import { CLIP, type Fixture, type Scene } from "../types.ts";
import { smooth } from "./canvas.ts";
import { NEUTRAL } from "./palette.ts";

const { size } = CLIP;
/** How far the grain of a surface goes from its grey. */
const GRAIN = 9;

type Surface = (x: number, y: number) => number;

/** Grey [64, 64] in sRGB bytes, the same in every frame. */
export function renderBackground(scene: Scene): Float32Array {
  const random = new Random(scene.look);
  const dark = random.next() < 0.3;
  const base = random.range(dark ? [62, 88] : [158, 200]);
  const wall = surface(random);
  const block = surface(random);
  const light = [random.range([10, 54]), random.range([2, 20])] as const;
  const fixtureGrey = dark ? base + random.range([38, 60]) : base - random.range([52, 84]);
  const grey = new Float32Array(size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const [dx, dy] = [(x - light[0]) / size, (y - light[1]) / size];
      const lit = 12 - 34 * (dx * dx + dy * dy);
      let value = base + lit + GRAIN * wall(x, y);
      for (const fixture of scene.fixtures) {
        const share = covered(fixture, x, y);
        if (share > 0) value += share * (fixtureGrey + lit * 0.5 + GRAIN * block(x, y) + edge(fixture, x, y) - value);
      }
      value -= 14 * shade(scene, x, y);
      grey[y * size + x] = Math.max(NEUTRAL.darkest, Math.min(NEUTRAL.lightest, value));
    }
  }
  return grey;
}

/** The share [64, 64] of each pixel that no fixture covers: liquid is never painted over a wall. */
export function openShare({ fixtures }: Scene): Float32Array {
  return Float32Array.from({ length: size * size }, (_, i) =>
    Math.max(
      0,
      1 - fixtures.reduce((most, fixture) => Math.max(most, covered(fixture, i % size, Math.floor(i / size))), 0),
    ),
  );
}

/** Share of pixel (x, y) under an axis-aligned block. */
function covered({ left, top, right, bottom }: Fixture, x: number, y: number): number {
  const width = Math.min(right, x + 1) - Math.max(left, x);
  const height = Math.min(bottom, y + 1) - Math.max(top, y);
  return width > 0 && height > 0 ? width * height : 0;
}

/** A block's upper edge catches the light. */
const edge = ({ top }: Fixture, _: number, y: number): number => 20 * (1 - smooth(0, 1.6, y + 0.5 - top));

/** The wall darkens a little where it meets a floor or ledge below it. */
function shade({ fixtures }: Scene, x: number, y: number): number {
  let most = 0;
  for (const { left, top, right } of fixtures) {
    const above = top - y - 0.5;
    if (above > 0 && x + 0.5 > left && x + 0.5 < right) most = Math.max(most, 1 - smooth(0, 4, above));
  }
  return most;
}

/** One of a few quiet surfaces in [−1, 1]: cloudy, tiles, boards, speckles. */
function surface(random: Random): Surface {
  const cloud = clouds(random, random.range([9, 16]));
  const kind = random.below(4);
  const angle = random.around(Math.PI);
  const [cx, cy] = [cos(angle), sin(angle)];
  const pitch = random.range([9, 15]);
  const shift = random.range([0, 15]);
  if (kind === 0) return (x, y) => 1.4 * cloud(x, y);
  if (kind === 1) {
    const line = (t: number) => smooth(0.9, 0.2, Math.abs(t + shift - pitch * Math.round((t + shift) / pitch)));
    return (x, y) => 0.6 * cloud(x, y) - 0.9 * Math.max(line(x + 0.5), line(y + 0.5));
  }
  if (kind === 2) {
    return (x, y) => {
      const t = (x * cx + y * cy + 99 + shift) / pitch;
      return 0.5 * cloud(x, y) + 0.8 * (smooth(0.4, 0.6, Math.abs(2 * (t - Math.floor(t)) - 1)) - 0.5);
    };
  }
  const speckle = clouds(random, 2.2);
  return (x, y) => 0.7 * cloud(x, y) + 0.5 * speckle(x, y);
}

/** Smooth value noise in [−1, 1] with one random value per cell of `cell` px. */
function clouds(random: Random, cell: number): Surface {
  const side = Math.floor(size / cell) + 3;
  const values = Float32Array.from({ length: side * side }, () => random.around(1));
  return (x, y) => {
    const [u, v] = [x / cell, y / cell];
    const [i, j] = [Math.floor(u), Math.floor(v)];
    const [s, t] = [smooth(0, 1, u - i), smooth(0, 1, v - j)];
    const row = (k: number) => values[k * side + i] * (1 - s) + values[k * side + i + 1] * s;
    return row(j) * (1 - t) + row(j + 1) * t;
  };
}
