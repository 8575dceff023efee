/** Where the particles of a scene are before frame 0, and how many its sources will bring. */
import { cos, sin } from "./exact.ts";
import { PARTICLE_AREA, ROW_HEIGHT, ROW_PITCH, SPACING } from "./fluid_kernel.ts";
import { measureGap, type Obstacle, touch } from "./fluid_solids.ts";
import type { Fluid, FluidRegion, FluidSource } from "./types.ts";

/** Places in a source's row, across its width. */
export const sourceRow = (source: FluidSource): number => Math.max(1, Math.round(source.width / SPACING));

export const sourceSpeed = ({ velocity }: FluidSource): number =>
  Math.sqrt(velocity.x * velocity.x + velocity.y * velocity.y);

/** Particles that a source brings in all. */
export const sourceCount = (source: FluidSource): number =>
  Math.ceil((sourceSpeed(source) * (source.to - source.from) * source.width) / PARTICLE_AREA);

/**
 * [x, y, …] of each liquid at rest. Where a disc of one liquid overlaps a rectangle of another, the rectangle's particles take the
 * disc's liquid: so the boundary between two layers can be uneven without a seam in the lattice.
 */
export function fill(fluids: readonly Fluid[], solids: readonly Obstacle[]): number[][] {
  const at = touch();
  const filled: number[][] = fluids.map(() => []);
  const regions = fluids.flatMap((fluid, f) => fluid.filled.map((region) => ({ region, f })));
  for (const { region, f } of regions) {
    const points = region.shape === "disc" ? disc(region) : rectangle(region);
    for (let k = 0; k < points.length; k += 2) {
      const x = points[k];
      const y = points[k + 1];
      const free = solids.every((solid) => {
        measureGap(solid, x, y, at);
        return at.gap >= ROW_HEIGHT / 3;
      });
      if (!free) continue;
      const others = regions.filter(({ region: other }) => other.shape !== region.shape && holds(other, x, y));
      if (region.shape === "rectangle") filled[others[0]?.f ?? f].push(x, y);
      else if (others.length === 0) filled[f].push(x, y);
    }
  }
  return filled;
}

function holds(region: FluidRegion, x: number, y: number): boolean {
  if (region.shape === "rectangle") {
    return x >= region.left && x <= region.right && y >= region.top && y <= region.bottom;
  }
  const dx = x - region.x;
  const dy = y - region.y;
  return dx * dx + dy * dy <= region.radius * region.radius;
}

/**
 * Rows of the lattice, stretched a little so that they fit the width exactly. Every second row is half a pitch aside, and
 * its ends are alternately at the left and the right wall.
 */
function rectangle(region: Extract<FluidRegion, { shape: "rectangle" }>): number[] {
  const width = region.right - region.left;
  const columns = Math.max(1, Math.round(width / ROW_PITCH - 0.5));
  const pitch = width / (columns + 0.5);
  const height = (PARTICLE_AREA * columns) / width;
  const rows = Math.max(1, Math.round((region.bottom - region.top) / height));
  const points: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      points.push(region.left + (column + (row % 2 === 0 ? 0.5 : 1)) * pitch, region.bottom - (row + 0.5) * height);
    }
  }
  return points;
}

/** Rings as wide as a place, so that the rim is round; each begins elsewhere, or gaps would line up. */
function disc({ x, y, radius }: Extract<FluidRegion, { shape: "disc" }>): number[] {
  const rings = Math.max(1, Math.round(radius / SPACING));
  const width = radius / rings;
  const points: number[] = [];
  for (let ring = 0; ring < rings; ring++) {
    const area = Math.PI * width * width * (2 * ring + 1);
    const count = Math.max(1, Math.round(area / PARTICLE_AREA));
    const r = count === 1 ? 0 : (ring + 0.5) * width;
    for (let k = 0; k < count; k++) {
      const angle = ring + (2 * Math.PI * k) / count;
      points.push(x + r * cos(angle), y + r * sin(angle));
    }
  }
  return points;
}
