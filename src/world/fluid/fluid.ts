/**
 * The liquids of the sandbox: position-based fluids in two dimensions, coupled to rigid bodies both ways, the same to the bit
 * everywhere. A substep predicts positions, corrects them until nowhere is denser than at rest (fluid_solve.ts) and takes
 * velocities from how far particles came; then neighbours share a little of their velocity (viscosity), and so do a body or wall
 * and what slides along it (skin friction).
 *
 * Coupling: a body is predicted as well (its velocity, gravity), takes part in the corrections, and what these shift and turn it
 * becomes an impulse for the rigid-body engine, whose step then brings it to the corrected place. Nothing is put in by hand:
 * buoyancy is the pressure's.
 */
import { cos, sin } from "../exact.ts";
import type { SolidState } from "../rigid.ts";
import type { CreateFluid } from "../simulate.ts";
import { CLIP, type Scene } from "../types.ts";
import { fill, sourceCount } from "./fill.ts";
import { neighbours } from "./neighbours.ts";
import { particles } from "./particles.ts";
import { settle } from "./settle.ts";
import { bodyObstacle, type Obstacle, wall } from "./solids.ts";
import { sweep } from "./solve.ts";
import { type Emitter, emit, emitter, lead, release } from "./source.ts";
import { correct, predict, type Stepped, shareVelocity } from "./step.ts";

/** Substeps per frame that the solver's accuracy asks for. */
export const FLUID_SUBSTEPS = 4;
/**
 * px. A particle that comes less far in a substep stays: what the solver leaves over would make a pool at rest creep. What
 * is pushed from rest with less than 0.1 px/frame² (a fifth of a fall) stays as well, so no more than needed.
 */
const STILL = 0.006;

/** What the liquid did to a body within a substep: px and rad. */
export interface Push {
  x: number;
  y: number;
  turn: number;
}

export interface FluidWorld extends Stepped {
  /** First particle of each fluid, and the end of the last. */
  readonly starts: readonly number[];
  readonly gravity: number;
  readonly bodies: readonly Obstacle[];
  readonly emitters: readonly Emitter[];
  readonly pushes: readonly Push[];
}

/** The liquids of a scene at rest, before frame 0. */
export function createFluids(scene: Scene): FluidWorld {
  const { size } = CLIP;
  const edge = { left: 0, top: -2 * size, right: size, bottom: size };
  // The frame's own sides and bottom hold liquid as well: what left the picture could not be counted.
  const frame = [
    { ...edge, left: -size, right: 0 },
    { ...edge, left: size, right: 2 * size },
    { ...edge, top: size, bottom: 2 * size },
  ];
  const walls = [...scene.fixtures, ...frame].map((fixture) => wall(fixture, size));
  const obstacles = scene.solids.map(bodyObstacle);
  const solids = [...walls, ...obstacles];
  const filled = fill(scene.fluids, solids);
  const counts = scene.fluids.map(({ source }, f) => filled[f].length / 2 + (source ? sourceCount(source) : 0));
  const all = particles(
    scene.fluids.map(({ density }) => density),
    counts,
  );
  const starts = [0];
  const emitters: Emitter[] = [];
  scene.fluids.forEach(({ source }, f) => {
    const start = starts[f];
    const points = filled[f];
    for (let k = 0; k < points.length / 2; k++) {
      all.born[start + k] = 1;
      all.x[start + k] = points[2 * k];
      all.y[start + k] = points[2 * k + 1];
    }
    starts.push(start + counts[f]);
    if (source) emitters.push(emitter(source, start + points.length / 2));
  });
  const world: FluidWorld = {
    particles: all,
    starts,
    gravity: scene.gravity,
    wallCount: walls.length,
    bodies: obstacles,
    solids,
    emitters,
    pushes: obstacles.map(() => ({ x: 0, y: 0, turn: 0 })),
    list: neighbours(all.capacity),
    work: sweep(),
    dvx: new Float64Array(all.capacity),
    dvy: new Float64Array(all.capacity),
  };
  settle(world, scene, 1 / FLUID_SUBSTEPS);
  scene.fluids.forEach(({ velocity }, f) => {
    all.vx.fill(velocity.x, starts[f], starts[f + 1]);
    all.vy.fill(velocity.y, starts[f], starts[f + 1]);
  });
  for (const source of emitters) emit(source, all, scene.gravity, 0, 0);
  return world;
}

/**
 * One substep.
 * @param bodies one per solid of the scene, at the substep's start
 * @param time frames, at the substep's start; dt its length
 * @returns by how much the liquid moves each body beyond its own way; the same array every time
 */
export function advance(world: FluidWorld, bodies: readonly SolidState[], time: number, dt: number): readonly Push[] {
  const { particles: all, pushes, gravity } = world;
  for (let b = 0; b < bodies.length; b++) predictBody(world.bodies[b], bodies[b], gravity, dt);
  for (const source of world.emitters) emit(source, all, gravity, time, dt);
  predict(all, gravity, dt);
  for (const source of world.emitters) lead(source, all, gravity, time + dt);
  correct(world);
  const { capacity, born, x, y, oldX, oldY, vx, vy } = all;
  for (let i = 0; i < capacity; i++) {
    if (born[i] === 0) continue;
    const dx = x[i] - oldX[i];
    const dy = y[i] - oldY[i];
    if (dx * dx + dy * dy < STILL * STILL) {
      x[i] = oldX[i];
      y[i] = oldY[i];
      vx[i] = 0;
      vy[i] = 0;
    } else {
      vx[i] = dx / dt;
      vy[i] = dy / dt;
    }
  }
  shareVelocity(world, bodies, dt);
  for (const source of world.emitters) release(source, all, gravity, time + dt);
  for (let b = 0; b < pushes.length; b++) {
    pushes[b].x = world.bodies[b].shiftX;
    pushes[b].y = world.bodies[b].shiftY;
    pushes[b].turn = world.bodies[b].turn;
  }
  return pushes;
}

/** Where the engine's next step would bring the body without liquid and contacts. */
function predictBody(body: Obstacle, state: SolidState, gravity: number, dt: number): void {
  const fall = body.inverseMass > 0 ? gravity * dt : 0;
  const angle = state.angle + state.spin * dt;
  body.x = state.x + state.vx * dt;
  body.y = state.y + (state.vy + fall) * dt;
  body.cos = cos(angle);
  body.sin = sin(angle);
  body.shiftX = body.shiftY = body.turn = 0;
}

/** What `simulate` steps. */
export const createFluid: CreateFluid = (scene) => {
  const world = createFluids(scene);
  const { bodies, particles: all, starts } = world;
  return {
    step(rigid, time, dt) {
      const pushes = advance(world, rigid.solids, time, dt);
      for (const [k, { x, y, turn }] of pushes.entries()) {
        const { inverseMass, inverseInertia } = bodies[k];
        if (inverseMass > 0) rigid.push(k, x / dt / inverseMass, y / dt / inverseMass, turn / dt / inverseInertia);
      }
    },
    positions(fluid) {
      const places = new Float32Array(2 * (starts[fluid + 1] - starts[fluid]));
      for (let k = 0; k < places.length / 2; k++) {
        const i = starts[fluid] + k;
        places[2 * k] = all.born[i] ? all.x[i] : Number.NaN;
        places[2 * k + 1] = all.born[i] ? all.y[i] : Number.NaN;
      }
      return places;
    },
  };
};
