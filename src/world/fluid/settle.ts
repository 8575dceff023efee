/** Rest before frame 0. */

import { CLIP, type FluidRegion, type Scene } from "../types.ts";
import { PARTICLE_AREA } from "./kernel.ts";
import { held, type Obstacle, wall } from "./solids.ts";
import { correct, predict, type Stepped } from "./step.ts";

/** Substeps that the liquid has before frame 0 to find its rest. */
const SETTLING = 20;

type Rectangle = Extract<FluidRegion, { shape: "rectangle" }> & { readonly density: number };

/**
 * Before frame 0: the lattice finds its rest under gravity, with the pressure that the liquid above it makes as a first guess and
 * all velocity taken out again. Rectangles are held by walls of their own where they have no neighbour (a barrier that frame 0
 * removes); what hangs in the air rests without gravity.
 */
export function settle(world: Stepped, scene: Scene, dt: number): void {
  const { particles: all } = world;
  const { capacity, born, x, y, lambda } = all;
  const rectangles = scene.fluids.flatMap(({ filled, density }) =>
    filled.flatMap((region) => (region.shape === "rectangle" ? [{ ...region, density }] : [])),
  );
  const waiting = born.map((is, i) => (is && !rectangles.some((r) => within(r, x[i], y[i])) ? 1 : 0));
  for (let i = 0; i < capacity; i++) {
    if (born[i] === 0) continue;
    if (waiting[i]) {
      born[i] = 0;
      continue;
    }
    let load = 0;
    for (const { left, right, top, bottom, density } of rectangles) {
      if (x[i] < left || x[i] > right || y[i] < top) continue;
      load += density * (Math.min(y[i], bottom) - top);
    }
    lambda[i] = -PARTICLE_AREA * scene.gravity * dt * dt * load;
  }
  const calm = { ...world, solids: [...world.solids.map(held), ...barriers(rectangles, scene)] };
  rest(calm, scene.gravity, dt);
  const others = born.slice();
  born.set(waiting);
  if (waiting.includes(1)) rest(calm, 0, dt);
  for (let i = 0; i < capacity; i++) if (others[i]) born[i] = 1;
}

function rest(world: Stepped, gravity: number, dt: number): void {
  for (let s = 0; s < SETTLING; s++) {
    predict(world.particles, gravity, dt);
    correct(world);
    world.particles.vx.fill(0);
    world.particles.vy.fill(0);
  }
}

const within = ({ left, right, top, bottom }: Rectangle, x: number, y: number): boolean =>
  x >= left && x <= right && y >= top && y <= bottom;

/** px that a barrier is thick. */
const THICK = 6;

/** Walls at the sides of rectangles that nothing else holds: no other rectangle, no fixture, not the frame's edge. */
function barriers(rectangles: readonly Rectangle[], scene: Scene): Obstacle[] {
  const { size } = CLIP;
  return rectangles.flatMap((rectangle) => {
    const { left, right, top, bottom } = rectangle;
    const closed = (edge: "left" | "right", at: number) =>
      at <= 0 ||
      at >= size ||
      [...rectangles, ...scene.fixtures].some((other) => other !== rectangle && Math.abs(other[edge] - at) < 1);
    const from = top - THICK;
    return [
      ...(closed("right", left) ? [] : [wall({ left: left - THICK, right: left, top: from, bottom }, size)]),
      ...(closed("left", right) ? [] : [wall({ left: right, right: right + THICK, top: from, bottom }, size)]),
    ];
  });
}
