/**
 * One sweep over the density constraints C_i = ρ_i − 1 ≤ 0 (Macklin & Müller 2013), with three changes that rest needs:
 *
 * - Gauss–Seidel instead of Jacobi (each particle's correction is applied at once): converges about twice as fast and needs no
 *   relaxation factor. Sweeps alternate in direction, so that no side is favoured.
 * - Multipliers accumulate over the sweeps and are clamped as a total, λ ≤ 0 (pressure never pulls), and the next substep starts
 *   from them. A pool at rest then carries its weight from the start: no compression that grows with depth, and no jitter.
 * - Corrections are weighted by 1/mass, and a body takes part in the constraint of every particle beside it with its own 1/mass
 *   and 1/inertia. So buoyancy, drag of form and added mass all come out of the same pressure, momentum is conserved between the
 *   two, and a body lighter than the liquid that it displaces stays stable, which forces applied afterwards would not.
 */
import { PARTICLE_AREA, PER_REACH, REACH, SCALE } from "./kernel.ts";
import { MOST_NEAR, MOST_TOUCHED, type Neighbours } from "./neighbours.ts";
import type { Particles } from "./particles.ts";
import { MIN_GAP, measureGap, type Obstacle, probe, type Touch, touch } from "./solids.ts";

export interface Sweep {
  /** Of the particle in hand only: its neighbours in reach, the gradient of C_i by each of them, and by each solid. */
  readonly within: Int32Array;
  readonly nearX: Float64Array;
  readonly nearY: Float64Array;
  readonly touches: readonly Touch[];
}

export const sweep = (): Sweep => ({
  within: new Int32Array(MOST_NEAR),
  nearX: new Float64Array(MOST_NEAR),
  nearY: new Float64Array(MOST_NEAR),
  touches: Array.from({ length: MOST_TOUCHED }, touch),
});

/** px⁻²·mass⁻¹, added to the denominator: keeps the corrections of nearly lone particles small. */
const SOFTNESS = 0.02;

/**
 * Corrects the positions once for each particle, in index order or against it.
 * @param warm true: apply the multipliers that the particles bring along instead of solving for new ones
 */
export function solveDensity(
  all: Particles,
  solids: readonly Obstacle[],
  list: Neighbours,
  work: Sweep,
  backward: boolean,
  warm: boolean,
): void {
  const { capacity, born, x, y, inverseMass, lambda } = all;
  const { near, nearCount, touched, touchedCount } = list;
  const { within, nearX, nearY, touches } = work;
  const reach2 = REACH * REACH;
  const softness = SOFTNESS / PARTICLE_AREA;
  for (let n = 0; n < capacity; n++) {
    const i = backward ? capacity - 1 - n : n;
    if (born[i] === 0 || (warm && lambda[i] === 0)) continue;
    const xi = x[i];
    const yi = y[i];
    let density = SCALE;
    let ownX = 0;
    let ownY = 0;
    let denominator = softness;
    let count = 0;
    const end = i * MOST_NEAR + nearCount[i];
    for (let k = i * MOST_NEAR; k < end; k++) {
      const j = near[k];
      const dx = x[j] - xi;
      const dy = y[j] - yi;
      const r2 = dx * dx + dy * dy;
      if (r2 >= reach2 || r2 < 1e-12) continue;
      const r = Math.sqrt(r2);
      const q = 1 - r * PER_REACH;
      density += SCALE * q * q;
      const slope = (-2 * SCALE * PER_REACH * q) / r;
      const gx = slope * dx;
      const gy = slope * dy;
      within[count] = j;
      nearX[count] = gx;
      nearY[count++] = gy;
      ownX -= gx;
      ownY -= gy;
      denominator += inverseMass[j] * (gx * gx + gy * gy);
    }
    const solidCount = touchedCount[i];
    for (let k = 0; k < solidCount; k++) {
      const solid = solids[touched[i * MOST_TOUCHED + k]];
      const at = touches[k];
      probe(solid, x, y, i, at);
      density += at.density;
      ownX += at.gx;
      ownY += at.gy;
      if (solid.inverseMass === 0) continue;
      const arm = (xi - solid.x) * at.gy - (yi - solid.y) * at.gx;
      denominator += solid.inverseMass * (at.gx * at.gx + at.gy * at.gy) + solid.inverseInertia * arm * arm;
    }
    let change = lambda[i];
    if (!warm) {
      if (density < 1 && change === 0) continue;
      denominator += inverseMass[i] * (ownX * ownX + ownY * ownY);
      const wanted = lambda[i] - (density - 1) / denominator;
      const allowed = Math.min(0, wanted);
      change = allowed - lambda[i];
      lambda[i] = allowed;
    }
    const own = inverseMass[i] * change;
    x[i] = xi + own * ownX;
    y[i] = yi + own * ownY;
    for (let k = 0; k < count; k++) {
      const j = within[k];
      const other = inverseMass[j] * change;
      x[j] += other * nearX[k];
      y[j] += other * nearY[k];
    }
    for (let k = 0; k < solidCount; k++) {
      const solid = solids[touched[i * MOST_TOUCHED + k]];
      if (solid.inverseMass === 0) continue;
      const { gx, gy } = touches[k];
      // The solid's gradient is minus what the particle feels of it.
      solid.shiftX -= solid.inverseMass * change * gx;
      solid.shiftY -= solid.inverseMass * change * gy;
      solid.turn -= solid.inverseInertia * change * ((xi - solid.x) * gy - (yi - solid.y) * gx);
    }
  }
}

/**
 * Pushes particles that are closer than MIN_GAP to a solid's surface away from it.
 * @param shared true: particle and body share the way by their masses; false: the particle goes all of it
 */
export function separate(
  all: Particles,
  solids: readonly Obstacle[],
  list: Neighbours,
  work: Sweep,
  shared: boolean,
): void {
  const { capacity, x, y, inverseMass } = all;
  const { touched, touchedCount } = list;
  const at = work.touches[0];
  for (let i = 0; i < capacity; i++) {
    for (let k = 0; k < touchedCount[i]; k++) {
      const solid = solids[touched[i * MOST_TOUCHED + k]];
      measureGap(solid, x, y, i, at);
      const missing = MIN_GAP - at.gap;
      if (missing <= 0) continue;
      const arm = (x[i] - solid.x) * at.ny - (y[i] - solid.y) * at.nx;
      const yielding = shared ? solid.inverseMass + solid.inverseInertia * arm * arm : 0;
      const impulse = missing / (inverseMass[i] + yielding);
      x[i] += inverseMass[i] * impulse * at.nx;
      y[i] += inverseMass[i] * impulse * at.ny;
      if (!shared || solid.inverseMass === 0) continue;
      solid.shiftX -= solid.inverseMass * impulse * at.nx;
      solid.shiftY -= solid.inverseMass * impulse * at.ny;
      solid.turn -= solid.inverseInertia * arm * impulse;
    }
  }
}
