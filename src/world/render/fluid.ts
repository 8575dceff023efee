/** Paints liquids where their field (fluid_field.ts) says that there is liquid. */

import { createFields, FIELD_SIDE, at as fieldAt, SURFACE, sum } from "../fluid/field.ts";
import { CLIP, type Rgb, type Scene, type Snapshot } from "../types.ts";
import { type Canvas, paint, smooth } from "./canvas.ts";
import { mix, PALETTE } from "./palette.ts";

const { size } = CLIP;
/** How much of what is behind shows through, as light and dark only: the colour stays whole, so its area can be read. */
const CLEARNESS = 0.4;

/**
 * A painter with the fields it needs, made once a clip; it draws every fluid of a snapshot.
 * @param background grey [64, 64]
 * @param open [64, 64], the share of a pixel that no fixture covers
 */
export function createFluidPainter(
  scene: Scene,
  background: Float32Array,
  open: Float32Array,
): (canvas: Canvas, snapshot: Snapshot) => void {
  const colours = scene.fluids.map(({ colour }) => PALETTE[colour]);
  if (colours.length === 0) return () => {};
  const fields = createFields(scene);
  const behind = background.reduce((a, b) => a + b, 0) / background.length;
  const pixel = (canvas: Canvas, x: number, y: number) => {
    const i = y * size + x;
    const k = fieldAt(x, y);
    const { total, parts } = fields;
    const field = total[k];
    if (field < 0.02 || open[i] === 0) return;
    const dx = (total[k + 1] - total[k - 1]) / 2;
    const dy = (total[k + FIELD_SIDE] - total[k - FIELD_SIDE]) / 2;
    // The surface as a straight line through the pixel: what lies beyond it is liquid.
    const slope = Math.max(Math.sqrt(dx * dx + dy * dy), 0.04);
    const share = Math.max(0, Math.min(1, 0.5 + (field - SURFACE) / slope));
    if (share === 0) return;
    const part = parts.length === 1 ? 1 : parts[0][k] / field;
    const colour: Rgb = parts.length === 1 ? colours[0] : mix(colours[0], colours[1], part);
    // Lighter under the surface where that faces up, with a thin bright line on it; darker with depth and at its lower sides.
    const near = smooth(1, 0.5, field);
    const facing = Math.max(-1, Math.min(1, dy / slope));
    const light = near * (6 + 20 * facing) + 8 - (16 * y) / size + CLEARNESS * (background[i] - behind);
    paint(canvas, i, colour, light, share * open[i]);
    if (field >= SURFACE && open[i] >= 0.5) canvas.mask[i] = scene.solids.length + (part >= 0.5 ? 1 : 2);
  };
  return (canvas, { fluids }) => {
    sum(fields, fluids);
    for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) pixel(canvas, x, y);
  };
}
