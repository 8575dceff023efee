/**
 * Particles become a smooth body of liquid: each spreads its area over a round kernel, and where the sum, the local share of area
 * that is liquid, passes one half, there is liquid. A flat surface of evenly spread particles then lies where their area ends.
 */

import { CLIP, type Scene } from "../types.ts";
import { PARTICLE_AREA } from "./kernel.ts";

const { size } = CLIP;
/** The grid of pixel centres goes beyond the frame, so that liquid at its border keeps its slope. */
const MARGIN = 4;
export const FIELD_SIDE = size + 2 * MARGIN;
export const SURFACE = 0.5;

/** px. Wide enough that the lattice of particles leaves no ripples, narrow enough that a corner stays a corner. */
const REACH = 4;
/** A lone particle has this one, and is then a drop of its own area: its kernel passes SURFACE at a radius of √(area/π). */
const LONE_REACH = 2.1;
const LONE_GAIN = 1.21;
/** The field at a particle: in a flat surface or thicker, and all on its own. */
const FULL = 0.6;
const LONE = 0.34;

export interface Fields {
  /** [FIELD_SIDE, FIELD_SIDE], one per fluid, and their sum. */
  readonly parts: readonly Float32Array[];
  readonly total: Float32Array;
  readonly mirrors: readonly Mirror[];
  /** What is stamped next: x, y, reach, gain. In an array, since numbers as arguments would be boxed. */
  readonly spot: Float64Array;
}

/** Walls mirror the liquid before them, so that the field has no edge there. */
interface Mirror {
  readonly axis: 0 | 1;
  readonly at: number;
  /** On which side of `at` the liquid is. */
  readonly side: 1 | -1;
  /** Extent along the wall. */
  readonly from: number;
  readonly to: number;
}

/** Index of the pixel (x, y) in a field. */
export const at = (x: number, y: number): number => (y + MARGIN) * FIELD_SIDE + x + MARGIN;

export function createFields(scene: Scene): Fields {
  const frame: Mirror[] = [
    { axis: 0, at: 0, side: 1, from: -size, to: size },
    { axis: 0, at: size, side: -1, from: -size, to: size },
    { axis: 1, at: size, side: -1, from: 0, to: size },
  ];
  const faces = scene.fixtures.flatMap(({ left, top, right, bottom }): Mirror[] => [
    { axis: 1, at: top, side: -1, from: left, to: right },
    { axis: 1, at: bottom, side: 1, from: left, to: right },
    { axis: 0, at: left, side: -1, from: top, to: bottom },
    { axis: 0, at: right, side: 1, from: top, to: bottom },
  ]);
  const seen = faces.filter((face) => face.at > 0 && face.at < size);
  return {
    parts: scene.fluids.map(() => new Float32Array(FIELD_SIDE * FIELD_SIDE)),
    total: new Float32Array(FIELD_SIDE * FIELD_SIDE),
    mirrors: [...frame, ...seen],
    spot: new Float64Array(4),
  };
}

/** Fills the fields from the positions of each fluid's particles. */
export function sum(fields: Fields, fluids: readonly Float32Array[]): void {
  const { parts, total } = fields;
  total.fill(0);
  for (const positions of fluids) spread(fields, total, positions, null);
  const rough = total.slice();
  total.fill(0);
  for (const [f, part] of parts.entries()) {
    part.fill(0);
    spread(fields, part, fluids[f], rough);
    for (let i = 0; i < part.length; i++) total[i] += part[i];
  }
}

/** Adds every particle to a field; with a `rough` field of all particles, those that stand alone keep together as drops. */
function spread(
  { mirrors, spot }: Fields,
  field: Float32Array,
  positions: Float32Array,
  rough: Float32Array | null,
): void {
  for (let p = 0; p < positions.length; p += 2) {
    const x = positions[p];
    const y = positions[p + 1];
    // A particle that is still to come is NaN, and NaN is in no range.
    if (!(x > -REACH && x < size + REACH && y > -REACH && y < size + REACH)) continue;
    const density = rough ? rough[at(Math.floor(x), Math.floor(y))] : FULL;
    const alone = Math.max(0, Math.min(1, (FULL - density) / (FULL - LONE)));
    const reach = REACH + (LONE_REACH - REACH) * alone;
    spot[0] = x;
    spot[1] = y;
    spot[2] = reach;
    spot[3] = 1 + (LONE_GAIN - 1) * alone;
    stamp(field, spot);
    for (let m = 0; m < mirrors.length; m++) {
      const { axis, at: edge, side, from, to } = mirrors[m];
      const across = axis === 0 ? x : y;
      const along = axis === 0 ? y : x;
      const distance = (across - edge) * side;
      if (distance < 0 || distance > reach || along < from || along > to) continue;
      spot[axis] = 2 * edge - across;
      stamp(field, spot);
      spot[axis] = across;
    }
  }
}

/** (1 − r²/reach²)³, scaled to a particle's area over the plane: the integral is π·reach²/4. */
function stamp(field: Float32Array, spot: Float64Array): void {
  const x = spot[0] + MARGIN - 0.5;
  const y = spot[1] + MARGIN - 0.5;
  const reach = spot[2];
  const squared = reach * reach;
  const weight = (spot[3] * PARTICLE_AREA * 4) / (Math.PI * squared);
  const top = Math.max(0, Math.ceil(y - reach));
  const bottom = Math.min(FIELD_SIDE - 1, Math.floor(y + reach));
  const left = Math.max(0, Math.ceil(x - reach));
  const right = Math.min(FIELD_SIDE - 1, Math.floor(x + reach));
  for (let row = top; row <= bottom; row++) {
    const dy = (row - y) * (row - y);
    for (let column = left; column <= right; column++) {
      const t = 1 - (dy + (column - x) * (column - x)) / squared;
      if (t > 0) field[row * FIELD_SIDE + column] += weight * t * t * t;
    }
  }
}
