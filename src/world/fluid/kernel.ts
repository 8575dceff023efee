/**
 * The smoothing kernel W(r) = (1 − r/REACH)², scaled so that the density of an undisturbed hexagonal lattice is 1, and how much of
 * it walls and bodies cover: a solid counts as fluid at rest, so that a particle beside it lacks no neighbours. (Without this,
 * liquid is too dense along every wall and the pressure on a body, hence buoyancy, is wrong.)
 *
 * Only + − × ÷ and sqrt, here as in all fluid_*.ts: their results are the same to the bit everywhere.
 */

/** px; a particle stands for SPACING² px² of liquid. */
export const SPACING = 2;
export const PARTICLE_AREA = SPACING * SPACING;
/** px; beyond it two particles do not see each other. */
export const REACH = 2.05 * SPACING;
export const PER_REACH = 1 / REACH;
/** Hexagonal lattice with one particle per SPACING²: distance in a row, and of rows (√(2/√3), √(√3/2)). */
export const ROW_PITCH = 1.0745699318235418 * SPACING;
export const ROW_HEIGHT = 0.9306048591020996 * SPACING;

function bump(r: number): number {
  const q = 1 - r / REACH;
  return q > 0 ? q * q : 0;
}

/** Σ W over the lattice as seen from one of its points; rows [from, to] above it, its own row is 0. */
function latticeSum(from: number, to: number): number {
  let sum = 0;
  for (let row = from; row <= to; row++) {
    for (let column = -4; column <= 4; column++) {
      const x = (column + (row % 2 === 0 ? 0 : 0.5)) * ROW_PITCH;
      const y = row * ROW_HEIGHT;
      sum += bump(Math.sqrt(x * x + y * y));
    }
  }
  return sum;
}

/** Density that one particle contributes at distance r is SCALE·(1 − r/REACH)². */
export const SCALE = 1 / latticeSum(-4, 4);

/** Steps of the tables over [−REACH, REACH]. */
const STEPS = 128;
const CELL = (2 * REACH) / STEPS;

/** Share of the kernel's mass at coordinates below u, and its derivative, at u = −REACH + i·CELL. */
function cumulative(): { readonly below: Float64Array; readonly slope: Float64Array } {
  const below = new Float64Array(STEPS + 1);
  const slope = new Float64Array(STEPS + 1);
  const columns = new Float64Array(STEPS);
  let total = 0;
  for (let i = 0; i < STEPS; i++) {
    const x = -REACH + (i + 0.5) * CELL;
    for (let j = 0; j < STEPS; j++) {
      const y = -REACH + (j + 0.5) * CELL;
      columns[i] += bump(Math.sqrt(x * x + y * y));
    }
    total += columns[i];
  }
  for (let i = 0; i < STEPS; i++) below[i + 1] = below[i] + columns[i] / total;
  for (let i = 1; i < STEPS; i++) slope[i] = (below[i + 1] - below[i - 1]) / (2 * CELL);
  return { below, slope };
}

const { below: BELOW, slope: SLOPE } = cumulative();

/**
 * Reads at[0] = u, and leaves in at[1] the share of the kernel below that coordinate (0 at −REACH, 1 at REACH), in at[2] its
 * derivative. In an array, since numbers given and returned would be boxed.
 */
export function shareBelow(at: Float64Array): void {
  const place = (at[0] + REACH) / CELL;
  if (place <= 0 || place >= STEPS) {
    const end = place <= 0 ? 0 : STEPS;
    at[1] = BELOW[end];
    at[2] = SLOPE[end];
    return;
  }
  const i = Math.floor(place);
  const rest = place - i;
  at[1] = BELOW[i] + rest * (BELOW[i + 1] - BELOW[i]);
  at[2] = SLOPE[i] + rest * (SLOPE[i + 1] - SLOPE[i]);
}

function shareUnderFirstRow(): number {
  const at = Float64Array.of(-ROW_HEIGHT / 2, 0, 0);
  shareBelow(at);
  return at[1];
}

/**
 * What a solid that covers the whole kernel contributes. Chosen so that a flat wall half a row below the lattice stands in exactly
 * for the rows that it replaces.
 */
export const SOLID_SCALE = (latticeSum(1, 4) * SCALE) / shareUnderFirstRow();

/**
 * Share of the kernel that a disc covers, by the distance of the particle from the disc's rim: entry i is at −REACH + i·RIM_CELL.
 * A small ball covers less than a flat wall does; with the wall's values liquid would keep off small balls.
 */
export const RIM_STEPS = 32;
export const RIM_CELL = (2 * REACH) / RIM_STEPS;

export function discShares(radius: number): Float64Array {
  const shares = new Float64Array(RIM_STEPS + 1);
  const cells = 24;
  const cell = (2 * REACH) / cells;
  let total = 0;
  for (let i = 0; i < cells; i++) {
    for (let j = 0; j < cells; j++) {
      const x = -REACH + (i + 0.5) * cell;
      const y = -REACH + (j + 0.5) * cell;
      const weight = bump(Math.sqrt(x * x + y * y));
      if (weight === 0) continue;
      total += weight;
      for (let d = 0; d <= RIM_STEPS; d++) {
        const dx = x + radius - REACH + d * RIM_CELL;
        // The rim cuts the cell: a ramp one cell wide keeps the table smooth.
        const inside = 0.5 - (Math.sqrt(dx * dx + y * y) - radius) / cell;
        shares[d] += inside >= 1 ? weight : inside <= 0 ? 0 : inside * weight;
      }
    }
  }
  for (let d = 0; d <= RIM_STEPS; d++) shares[d] /= total;
  return shares;
}
