/** The particles of all liquids of a scene and who is near whom. Struct of arrays: nothing is allocated within a step. */
import { PARTICLE_AREA, REACH } from "./fluid_kernel.ts";
import type { Obstacle } from "./fluid_solids.ts";

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

/** Most neighbours of one particle, three times those of the lattice, and most solids near one. */
const MOST_NEAR = 48;
const MOST_TOUCHED = 4;

/** px beyond REACH to which pairs are listed: the solver moves particles within a substep. */
const MARGIN = 0.4;

/** The grid covers the frame with room around it; what is further out falls into its outermost cells. */
const GRID_CELLS = 24;
const GRID_ORIGIN = -20;

export interface Neighbours {
  /** Of particle i: near[i·MOST_NEAR …][0 … nearCount[i]), in a fixed order. */
  readonly stride: number;
  readonly near: Int32Array;
  readonly nearCount: Int32Array;
  readonly touchedStride: number;
  /** Solids that may lie within REACH. */
  readonly touched: Int32Array;
  readonly touchedCount: Int32Array;
  readonly cellStart: Int32Array;
  readonly cellOf: Int32Array;
  readonly sorted: Int32Array;
}

export function neighbours(capacity: number): Neighbours {
  return {
    stride: MOST_NEAR,
    near: new Int32Array(capacity * MOST_NEAR),
    nearCount: new Int32Array(capacity),
    touchedStride: MOST_TOUCHED,
    touched: new Int32Array(capacity * MOST_TOUCHED),
    touchedCount: new Int32Array(capacity),
    cellStart: new Int32Array(GRID_CELLS * GRID_CELLS + 1),
    cellOf: new Int32Array(capacity),
    sorted: new Int32Array(capacity),
  };
}

function cellAlong(coordinate: number): number {
  const cell = Math.floor((coordinate - GRID_ORIGIN) / (REACH + MARGIN));
  return cell < 0 ? 0 : cell >= GRID_CELLS ? GRID_CELLS - 1 : cell;
}

/** Sorts the particles into cells (counting sort, stable) and lists pairs and solids in reach. */
export function findNeighbours(all: Particles, solids: readonly Obstacle[], list: Neighbours): void {
  const { capacity, born, x, y } = all;
  const { near, nearCount, cellStart, cellOf, sorted } = list;
  cellStart.fill(0);
  for (let i = 0; i < capacity; i++) {
    if (born[i] === 0) continue;
    const cell = cellAlong(y[i]) * GRID_CELLS + cellAlong(x[i]);
    cellOf[i] = cell;
    cellStart[cell + 1]++;
  }
  for (let c = 0; c < GRID_CELLS * GRID_CELLS; c++) cellStart[c + 1] += cellStart[c];
  for (let i = capacity - 1; i >= 0; i--) if (born[i] !== 0) sorted[--cellStart[cellOf[i] + 1]] = i;
  // Filling from the end has moved each cell's end to its start, one place further on.
  const limit = (REACH + MARGIN) * (REACH + MARGIN);
  for (let i = 0; i < capacity; i++) {
    nearCount[i] = 0;
    if (born[i] === 0) continue;
    const xi = x[i];
    const yi = y[i];
    const row = Math.floor(cellOf[i] / GRID_CELLS);
    const column = cellOf[i] - row * GRID_CELLS;
    const first = column > 0 ? column - 1 : 0;
    const last = column < GRID_CELLS - 1 ? column + 1 : column;
    let count = 0;
    for (let r = row > 0 ? row - 1 : 0; r <= row + 1 && r < GRID_CELLS; r++) {
      const end = cellEnd(list, all, r * GRID_CELLS + last);
      for (let s = cellStart[r * GRID_CELLS + first + 1]; s < end; s++) {
        const j = sorted[s];
        const dx = x[j] - xi;
        const dy = y[j] - yi;
        if (j !== i && dx * dx + dy * dy < limit && count < MOST_NEAR) near[i * MOST_NEAR + count++] = j;
      }
    }
    nearCount[i] = count;
  }
  findTouched(all, solids, list);
}
