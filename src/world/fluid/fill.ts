/** Where the particles of a scene are before frame 0, and how many its sources will bring. */
import { cos, sin } from "../exact.ts";
import type { Fluid, FluidRegion, FluidSource } from "../types.ts";
import { PARTICLE_AREA, ROW_HEIGHT, ROW_PITCH, SPACING } from "./kernel.ts";
import { measureGap, type Obstacle, touch } from "./solids.ts";

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
    const xs = Float64Array.from(points.filter((_, i) => i % 2 === 0));
    const ys = Float64Array.from(points.filter((_, i) => i % 2 === 1));
    for (const [i, x] of xs.entries()) {
      const y = ys[i];
      const free = solids.every((solid) => {
        measureGap(solid, xs, ys, i, at);
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

/** One in the middle and rings around it, so that the rim is round; each begins elsewhere, or gaps would line up. */
function disc({ x, y, radius }: Extract<FluidRegion, { shape: "disc" }>): number[] {
  const count = Math.round((Math.PI * radius * radius) / PARTICLE_AREA);
  const points = [x, y];
  const rings = Math.round((radius - SPACING / 2) / SPACING);
  const width = (radius - SPACING / 2) / rings;
  let placed = 1;
  for (let ring = 1; ring <= rings; ring++) {
    // Rings are as long as they are far out: ring r has r of the 1 + 2 + … + rings shares.
    const end = 1 + Math.round(((count - 1) * ring * (ring + 1)) / (rings * (rings + 1)));
    for (let k = placed; k < end; k++) {
      const angle = ring + (2 * Math.PI * (k - placed)) / (end - placed);
      points.push(x + ring * width * cos(angle), y + ring * width * sin(angle));
    }
    placed = end;
  }
  return points;
}
