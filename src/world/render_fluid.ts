/**
 * Liquids: particles become a smooth surface. Each spreads its area over a round kernel; where the sum, the local share of area that
 * is liquid, passes one half, there is liquid. A flat surface of evenly spread particles then lies exactly where their area ends.
 */
import { type Canvas, paint, smooth } from "./canvas.ts";
import { PARTICLE_AREA } from "./fluid_kernel.ts";
import { mix, PALETTE } from "./palette.ts";
import { CLIP, type Rgb, type Scene, type Snapshot } from "./types.ts";

const { size } = CLIP;
/** Points per px along each axis at which the field is summed. */
const FINE = 2;
/** The grid reaches beyond the frame, so that liquid at its border keeps its slope. */
const MARGIN = 4;
const SIDE = FINE * (size + 2 * MARGIN);
/** px. Wide enough that the lattice of particles leaves no ripples, narrow enough that a corner stays a corner. */
const REACH = 4.2;
/** Normalises (1 − r²/REACH²)³ to 1 over the plane: the integral is π·REACH²/4. */
const WEIGHT = (PARTICLE_AREA * 4) / (Math.PI * REACH * REACH);
const SURFACE = 0.5;

/** A painter with the fields it needs, made once a clip. Draws every fluid of a snapshot. */
export function createFluidPainter(scene: Scene): (canvas: Canvas, snapshot: Snapshot) => void {
  const colours = scene.fluids.map(({ colour }) => PALETTE[colour]);
  const fields = colours.map(() => new Float32Array(SIDE * SIDE));
  const total = new Float32Array(SIDE * SIDE);
  return (canvas, snapshot) => {
    if (fields.length === 0) return;
    total.fill(0);
    for (const [f, field] of fields.entries()) {
      field.fill(0);
      spread(field, snapshot.fluids[f]);
      for (let i = 0; i < field.length; i++) total[i] += field[i];
    }
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) paintPixel(canvas, x, y, total, fields, colours, scene.solids.length);
    }
  };
}

function spread(field: Float32Array, positions: Float32Array): void {
  const reach = REACH * FINE;
  const squared = reach * reach;
  for (let p = 0; p < positions.length; p += 2) {
    const x = (positions[p] + MARGIN) * FINE - 0.5;
    const y = (positions[p + 1] + MARGIN) * FINE - 0.5;
    // A particle that is still to come is NaN, and NaN is in no range.
    if (!(x > -reach && x < SIDE + reach && y > -reach && y < SIDE + reach)) continue;
    const [top, bottom] = [Math.max(0, Math.ceil(y - reach)), Math.min(SIDE - 1, Math.floor(y + reach))];
    const [left, right] = [Math.max(0, Math.ceil(x - reach)), Math.min(SIDE - 1, Math.floor(x + reach))];
    for (let row = top; row <= bottom; row++) {
      const dy = (row - y) * (row - y);
      for (let column = left; column <= right; column++) {
        const t = 1 - (dy + (column - x) * (column - x)) / squared;
        if (t > 0) field[row * SIDE + column] += WEIGHT * t * t * t;
      }
    }
  }
}

function paintPixel(
  canvas: Canvas,
  x: number,
  y: number,
  total: Float32Array,
  fields: readonly Float32Array[],
  colours: readonly Rgb[],
  solids: number,
): void {
  const at = (y + MARGIN) * FINE * SIDE + (x + MARGIN) * FINE;
  let [share, field, up] = [0, 0, 0];
  for (let j = 0; j < FINE; j++) {
    for (let i = 0; i < FINE; i++) {
      const k = at + j * SIDE + i;
      const dx = (total[k + 1] - total[k - 1]) / 2;
      const dy = (total[k + SIDE] - total[k - SIDE]) / 2;
      const slope = Math.sqrt(dx * dx + dy * dy);
      // The surface crosses this point's square of the grid where the field is within half a step of it.
      share += Math.max(0, Math.min(1, 0.5 + (total[k] - SURFACE) / (slope + 1e-6)));
      field += total[k];
      up += dy;
    }
  }
  if (share === 0) return;
  share /= FINE * FINE;
  field /= FINE * FINE;
  const first = fields[0][at] + fields[0][at + 1] + fields[0][at + SIDE] + fields[0][at + SIDE + 1];
  const part = fields.length === 1 ? 1 : first / (field * FINE * FINE);
  const colour = fields.length === 1 ? colours[0] : mix(colours[0], colours[1], part);
  // Towards the surface it is lighter, most where that faces up; the skin itself has a thin dark line at its lower sides.
  const skin = smooth(0.95, 0.55, field);
  const light = skin * (8 + 90 * Math.max(-0.2, Math.min(0.25, up))) - 6;
  paint(canvas, y * size + x, colour, light, share);
  if (field >= SURFACE) canvas.mask[y * size + x] = solids + (part >= 0.5 || fields.length === 1 ? 1 : 2);
}
