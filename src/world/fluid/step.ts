/** The parts of a substep: prediction, correction, and what neighbours share of their velocity. */

import type { SolidState } from "../rigid.ts";
import { PER_REACH, REACH } from "./kernel.ts";
import { findNeighbours, MOST_NEAR, MOST_TOUCHED, type Neighbours } from "./neighbours.ts";
import type { Particles } from "./particles.ts";
import { type Obstacle, probe } from "./solids.ts";
import { type Sweep, separate, solveDensity } from "./solve.ts";

/** Sweeps over all constraints per substep, after the warm start. */
const SWEEPS = 3;
/** Share of the last substep's pressure that the next starts from. */
const WARMTH = 0.5;
/** Share of their difference in velocity that neighbours at distance 0 lose per substep, by the kernel's weight. */
const VISCOSITY = 0.05;
/** The same between a particle and a solid that covers its whole kernel. */
const SKIN = 0.25;
/** px/frame. Faster particles would cross a third of the smallest body within a substep. */
const TOP_SPEED = 8;
/** What a substep works on and with. `solids`: walls, then bodies. */
export interface Stepped {
  readonly particles: Particles;
  readonly solids: readonly Obstacle[];
  readonly wallCount: number;
  readonly list: Neighbours;
  readonly work: Sweep;
  readonly dvx: Float64Array;
  readonly dvy: Float64Array;
}

export function predict(all: Particles, gravity: number, dt: number): void {
  const { capacity, born, x, y, oldX, oldY, vx, vy, lambda } = all;
  for (let i = 0; i < capacity; i++) {
    if (born[i] === 0) continue;
    vy[i] += gravity * dt;
    const speed2 = vx[i] * vx[i] + vy[i] * vy[i];
    if (speed2 > TOP_SPEED * TOP_SPEED) {
      const scale = TOP_SPEED / Math.sqrt(speed2);
      vx[i] *= scale;
      vy[i] *= scale;
    }
    oldX[i] = x[i];
    oldY[i] = y[i];
    x[i] += vx[i] * dt;
    y[i] += vy[i] * dt;
    lambda[i] *= WARMTH;
  }
}

/** Moves particles and bodies until no place is denser than at rest. */
export function correct({ particles: all, solids, list, work }: Stepped): void {
  findNeighbours(all, solids, list);
  solveDensity(all, solids, list, work, false, true);
  for (let s = 0; s < SWEEPS; s++) {
    solveDensity(all, solids, list, work, s % 2 === 0, false);
    separate(all, solids, list, work, true);
  }
  separate(all, solids, list, work, false);
}

/**
 * Viscosity between neighbours, momentum kept pair by pair, and skin friction: a solid shares its surface's velocity, along the
 * surface, with the liquid beside it, and a body takes the reaction.
 */
export function shareVelocity(world: Stepped, bodies: readonly SolidState[], dt: number): void {
  const { particles: all, list, dvx, dvy, solids, wallCount, work } = world;
  const { capacity, born, x, y, vx, vy, mass, inverseMass } = all;
  const { near, nearCount, touched, touchedCount } = list;
  dvx.fill(0);
  dvy.fill(0);
  const reach2 = REACH * REACH;
  for (let i = 0; i < capacity; i++) {
    for (let k = 0; k < nearCount[i]; k++) {
      const j = near[i * MOST_NEAR + k];
      if (j < i) continue;
      const dx = x[j] - x[i];
      const dy = y[j] - y[i];
      const r2 = dx * dx + dy * dy;
      if (r2 >= reach2) continue;
      const q = 1 - r2 * PER_REACH * PER_REACH;
      const share = (2 * VISCOSITY * q * q) / (mass[i] + mass[j]);
      const ux = share * (vx[j] - vx[i]);
      const uy = share * (vy[j] - vy[i]);
      dvx[i] += mass[j] * ux;
      dvy[i] += mass[j] * uy;
      dvx[j] -= mass[i] * ux;
      dvy[j] -= mass[i] * uy;
    }
  }
  const at = work.touches[0];
  for (let i = 0; i < capacity; i++) {
    if (born[i] === 0) continue;
    vx[i] += dvx[i];
    vy[i] += dvy[i];
    for (let k = 0; k < touchedCount[i]; k++) {
      const s = touched[i * MOST_TOUCHED + k];
      const solid = solids[s];
      probe(solid, x, y, i, at);
      const slope = Math.sqrt(at.gx * at.gx + at.gy * at.gy);
      if (slope < 1e-9) continue;
      const tx = -at.gy / slope;
      const ty = at.gx / slope;
      const body = s < wallCount ? null : bodies[s - wallCount];
      const armX = x[i] - solid.x;
      const armY = y[i] - solid.y;
      const spin = body ? body.spin + solid.turn / dt : 0;
      const ux = vx[i] - (body ? body.vx + solid.shiftX / dt - spin * armY : 0);
      const uy = vy[i] - (body ? body.vy + solid.shiftY / dt + spin * armX : 0);
      const arm = armX * ty - armY * tx;
      const yielding = inverseMass[i] + solid.inverseMass + solid.inverseInertia * arm * arm;
      const impulse = (SKIN * at.density * (ux * tx + uy * ty)) / yielding;
      vx[i] -= inverseMass[i] * impulse * tx;
      vy[i] -= inverseMass[i] * impulse * ty;
      solid.shiftX += solid.inverseMass * impulse * tx * dt;
      solid.shiftY += solid.inverseMass * impulse * ty * dt;
      solid.turn += solid.inverseInertia * impulse * arm * dt;
    }
  }
}
