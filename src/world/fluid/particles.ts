/** The particles of all liquids of a scene, as a struct of arrays. */
import { PARTICLE_AREA } from "./kernel.ts";

export interface Particles {
  /** Places; a liquid's particles are consecutive, and those still to come from its source are its last. */
  readonly capacity: number;
  /** Fluid by index in the scene. */
  readonly fluid: Uint8Array;
  /** 1 once it is in the world. */
  readonly born: Uint8Array;
  readonly mass: Float64Array;
  readonly inverseMass: Float64Array;
  /** px; now, and at the start of the substep. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly oldX: Float64Array;
  readonly oldY: Float64Array;
  /** px/frame. */
  readonly vx: Float64Array;
  readonly vy: Float64Array;
  /** The density constraint's multiplier, ≤ 0: minus the pressure, times the area of a particle and the substep squared. */
  readonly lambda: Float64Array;
}

export function particles(densities: readonly number[], counts: readonly number[]): Particles {
  const capacity = counts.reduce((sum, count) => sum + count, 0);
  const array = () => new Float64Array(capacity);
  const made: Particles = {
    capacity,
    fluid: new Uint8Array(capacity),
    born: new Uint8Array(capacity),
    mass: array(),
    inverseMass: array(),
    x: array(),
    y: array(),
    oldX: array(),
    oldY: array(),
    vx: array(),
    vy: array(),
    lambda: array(),
  };
  let next = 0;
  counts.forEach((count, f) => {
    for (let k = 0; k < count; k++, next++) {
      made.fluid[next] = f;
      made.mass[next] = densities[f] * PARTICLE_AREA;
      made.inverseMass[next] = 1 / made.mass[next];
    }
  });
  return made;
}
