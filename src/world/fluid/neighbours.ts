/** Who is near whom: a uniform grid, sorted anew each substep. Orders are fixed, since sums of floats depend on them. */
import { REACH } from "./kernel.ts";
import type { Particles } from "./particles.ts";
import type { Obstacle } from "./solids.ts";

/** Most neighbours of one particle, three times those of the lattice, and most solids near one (in a corner of a tank at the frame's edge). */
export const MOST_NEAR = 48;
export const MOST_TOUCHED = 6;

/** px beyond REACH to which pairs are listed: the solver moves particles within a substep. */
const MARGIN = 0.4;

/** The grid covers the frame with room around it; what is further out falls into its outermost cells. */
const ACROSS = 24;
const ORIGIN = -20;

export interface Neighbours {
  /** Of particle i: near[i·MOST_NEAR + k], k < nearCount[i]. */
  readonly near: Int32Array;
  readonly nearCount: Int32Array;
  /** Solids that may lie in reach of i: touched[i·MOST_TOUCHED + k], k < touchedCount[i]. */
  readonly touched: Int32Array;
  readonly touchedCount: Int32Array;
  readonly cellStart: Int32Array;
  readonly cellOf: Int32Array;
  readonly sorted: Int32Array;
}

export function neighbours(capacity: number): Neighbours {
  return {
    near: new Int32Array(capacity * MOST_NEAR),
    nearCount: new Int32Array(capacity),
    touched: new Int32Array(capacity * MOST_TOUCHED),
    touchedCount: new Int32Array(capacity),
    cellStart: new Int32Array(ACROSS * ACROSS + 1),
    cellOf: new Int32Array(capacity),
    sorted: new Int32Array(capacity),
  };
}

function cellAlong(coordinate: number): number {
  const cell = Math.floor((coordinate - ORIGIN) / (REACH + MARGIN));
  return cell < 0 ? 0 : cell >= ACROSS ? ACROSS - 1 : cell;
}

export function findNeighbours(all: Particles, solids: readonly Obstacle[], list: Neighbours): void {
  sortIntoCells(all, list);
  findNear(all, list);
  findTouched(all, solids, list);
}

/** Counting sort: afterwards cell c holds sorted[cellStart[c] … cellStart[c + 1]), by index. */
function sortIntoCells(all: Particles, list: Neighbours): void {
  const { capacity, born, x, y } = all;
  const { cellStart, cellOf, sorted } = list;
  cellStart.fill(0);
  for (let i = 0; i < capacity; i++) {
    if (born[i] === 0) continue;
    const cell = cellAlong(y[i]) * ACROSS + cellAlong(x[i]);
    cellOf[i] = cell;
    cellStart[cell]++;
  }
  // Ends first; filling from the back turns each end into a start.
  for (let c = 1; c <= ACROSS * ACROSS; c++) cellStart[c] += cellStart[c - 1];
  for (let i = capacity - 1; i >= 0; i--) if (born[i] !== 0) sorted[--cellStart[cellOf[i]]] = i;
}

function findNear(all: Particles, list: Neighbours): void {
  const { capacity, born, x, y } = all;
  const { near, nearCount, cellStart, cellOf, sorted } = list;
  const limit = (REACH + MARGIN) * (REACH + MARGIN);
  for (let i = 0; i < capacity; i++) {
    let count = 0;
    if (born[i] !== 0) {
      const xi = x[i];
      const yi = y[i];
      const row = Math.floor(cellOf[i] / ACROSS);
      const column = cellOf[i] - row * ACROSS;
      const first = column > 0 ? column - 1 : 0;
      const last = column < ACROSS - 1 ? column + 1 : column;
      for (let r = row > 0 ? row - 1 : 0; r <= row + 1 && r < ACROSS; r++) {
        // Cells of one row are consecutive, and so are their particles.
        const end = cellStart[r * ACROSS + last + 1];
        for (let s = cellStart[r * ACROSS + first]; s < end; s++) {
          const j = sorted[s];
          const dx = x[j] - xi;
          const dy = y[j] - yi;
          if (dx * dx + dy * dy < limit && j !== i && count < MOST_NEAR) near[i * MOST_NEAR + count++] = j;
        }
      }
    }
    nearCount[i] = count;
  }
}

function findTouched(all: Particles, solids: readonly Obstacle[], list: Neighbours): void {
  const { capacity, born, x, y } = all;
  const { touched, touchedCount } = list;
  touchedCount.fill(0);
  for (let s = 0; s < solids.length; s++) {
    const solid = solids[s];
    // A wall is long: by its sides; a body may be turned: by its extent.
    const fixed = solid.inverseMass === 0 && solid.sin === 0;
    const reachX = REACH + MARGIN + (fixed ? solid.halfX : solid.extent);
    const reachY = REACH + MARGIN + (fixed ? solid.halfY : solid.extent);
    for (let i = 0; i < capacity; i++) {
      const dx = x[i] - solid.x;
      const dy = y[i] - solid.y;
      if (dx > reachX || dx < -reachX || dy > reachY || dy < -reachY) continue;
      if (born[i] !== 0 && touchedCount[i] < MOST_TOUCHED) touched[i * MOST_TOUCHED + touchedCount[i]++] = s;
    }
  }
}
