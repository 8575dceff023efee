/** Liquid that comes in while the clip runs: rows of particles across the mouth, one behind the other. */
import { sourceCount, sourceRow, sourceSpeed } from "./fluid_fill.ts";
import { PARTICLE_AREA } from "./fluid_kernel.ts";
import type { Particles } from "./fluid_particles.ts";
import type { FluidSource } from "./types.ts";

export interface Emitter {
  readonly source: FluidSource;
  /** Particles [next, end) are still to come. */
  next: number;
  readonly end: number;
  readonly row: number;
  readonly speed: number;
  /** px between rows. */
  readonly gap: number;
  rows: number;
}

export function emitter(source: FluidSource, start: number): Emitter {
  const row = sourceRow(source);
  return {
    source,
    next: start,
    end: start + sourceCount(source),
    row,
    speed: sourceSpeed(source),
    gap: (row * PARTICLE_AREA) / source.width,
    rows: 0,
  };
}

/**
 * Brings in the rows that are due before time + dt, as far from the mouth as they have come since: those of a source that began
 * before frame 0 are in free fall by then.
 */
export function emit(emitter: Emitter, all: Particles, gravity: number, time: number, dt: number): void {
  const { source, row, speed, gap } = emitter;
  const alongX = source.velocity.x / speed;
  const alongY = source.velocity.y / speed;
  while (emitter.next < emitter.end) {
    const due = source.from + (emitter.rows * gap) / speed;
    if (due >= time + dt) return;
    // Half a place to either side in turn: rows stacked straight would show as a lattice.
    const aside = emitter.rows % 2 === 0 ? -0.25 : 0.25;
    const late = time - due;
    const fallen = late > 0 ? gravity * late : 0;
    for (let k = 0; k < row; k++) {
      const across = (k + 0.5 + aside - row / 2) * (source.width / row);
      const i = emitter.next++;
      all.born[i] = 1;
      all.x[i] = source.x - alongY * across + source.velocity.x * late;
      all.y[i] = source.y + alongX * across + (source.velocity.y + fallen / 2) * late;
      all.vx[i] = source.velocity.x;
      all.vy[i] = source.velocity.y + fallen;
    }
    emitter.rows++;
  }
}
