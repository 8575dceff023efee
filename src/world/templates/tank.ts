/** What the templates with liquid share: a tank seen through its front, filled to some height. */
import { PARTICLE_AREA, SPACING } from "../fluid/kernel.ts";
import type { Thing } from "../language/grammar.ts";
import { DENSITY, densitiesOf, FRICTION, type Laws } from "../laws.ts";
import type { Random } from "../random.ts";
import {
  CLIP,
  type Fixture,
  type Fluid,
  type FluidRegion,
  type FluidSource,
  type Scene,
  type Solid,
} from "../types.ts";

/** Inner sides, px. The walls go up beyond the frame: what splashes stays. */
export interface Tank {
  readonly left: number;
  readonly right: number;
  readonly floor: number;
  readonly fixtures: readonly Fixture[];
}

/** @param wall thickness at both sides; 0 shows none, and the frame's own sides hold the liquid */
export function tank(wall: number, floor: number): Tank {
  const sides = [
    { left: -64, top: -64, right: wall, bottom: 96 },
    { left: CLIP.size - wall, top: -64, right: 128, bottom: 96 },
  ];
  return {
    left: wall,
    right: CLIP.size - wall,
    floor,
    fixtures: [{ left: -64, top: floor, right: 128, bottom: 96 }, ...(wall > 0 ? sides : [])],
  };
}

/** Often walls, sometimes none. */
export const anyTank = (random: Random): Tank => {
  const [wall, floor] = [random.range([2.5, 5]), random.range([57, 60])];
  return tank(random.next() < 0.7 ? wall : 0, floor);
};

/** A tank's width of liquid from its floor up to `top`. */
export const pool = ({ left, right, floor }: Tank, top: number): FluidRegion => ({
  shape: "rectangle",
  left,
  top,
  right,
  bottom: floor,
});

export function liquid(
  { colour, weight }: Thing,
  laws: Laws,
  filled: readonly FluidRegion[],
  velocity = { x: 0, y: 0 },
  source: FluidSource | null = null,
): Fluid {
  return {
    kind: "fluid",
    colour,
    density: weight ? densitiesOf(laws)[weight] : DENSITY.liquid,
    filled,
    velocity,
    source,
  };
}

/** A scene from the side; liquid damps what bounces in it, so bodies in tanks hardly do. */
export function tankScene(
  template: Scene["template"],
  { fixtures }: Tank,
  fluids: readonly Fluid[],
  solids: readonly Solid[],
  { gravity }: Laws,
  random: Random,
): Scene {
  return {
    template,
    view: "side",
    gravity,
    solids,
    fluids,
    fixtures,
    restitution: 0.2,
    friction: FRICTION.floor,
    look: random.integer(),
  };
}

/** Mean of a fluid's particles in the world; NaN while there are none. */
export function middle(positions: Float32Array): { readonly x: number; readonly y: number; readonly area: number } {
  let [x, y, count] = [0, 0, 0];
  for (let p = 0; p < positions.length; p += 2) {
    if (Number.isNaN(positions[p])) continue;
    x += positions[p];
    y += positions[p + 1];
    count++;
  }
  return { x: x / count, y: y / count, area: count * PARTICLE_AREA };
}

/** Least distance, px, between particles of two fluids; Infinity while one has none. */
export function distance(a: Float32Array, b: Float32Array): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < a.length; i += 2) {
    for (let j = 0; j < b.length; j += 2) {
      const dx = a[i] - b[j];
      const dy = a[i + 1] - b[j + 1];
      // NaN is never less.
      if (dx * dx + dy * dy < least) least = dx * dx + dy * dy;
    }
  }
  return Math.sqrt(least);
}

/** Two liquids touch: their particles are neighbours. */
export const TOUCHING = 1.5 * SPACING;
