/**
 * How much of each pixel a liquid covers. `unmix` gives least-squares shares with noise on both sides of zero; they are never
 * clipped, because clipping would turn pixel noise into liquid. Instead what lies away from the liquid is left out of the sums.
 */
import { CLIP } from "../../world/types.ts";

const { size: SIZE } = CLIP;
export const PIXELS = SIZE * SIZE;

/** A 3×3 mean below this is no liquid: half a particle of the world spreads to about twice as much. */
const FAINTEST = 0.1;
/** … nor what pixel noise makes by chance: one pixel in 3 million of a 3×3 mean lies over five of its standard deviations. */
const NOISE_LIMIT = 5;
/** Beside what is surely liquid less noise will do, or a thinly mixed liquid would go missing in a grainy clip: so many steps from it. */
const BESIDE_LIMIT = 2;
const BESIDE = 3;

/** Mean over the 3×3 neighbours that lie in the frame; [64, 64]. */
export function smooth(field: Float32Array): Float32Array {
  const rows = new Float32Array(PIXELS);
  const out = new Float32Array(PIXELS);
  for (let start = 0; start < PIXELS; start += SIZE) {
    const last = start + SIZE - 1;
    rows[start] = (field[start] + field[start] + field[start + 1]) / 3;
    for (let at = start + 1; at < last; at++) rows[at] = (field[at - 1] + field[at] + field[at + 1]) / 3;
    rows[last] = (field[last - 1] + field[last] + field[last]) / 3;
  }
  for (let y = 0; y < SIZE; y++) {
    const above = y > 0 ? -SIZE : 0;
    const below = y < SIZE - 1 ? SIZE : 0;
    const end = (y + 1) * SIZE;
    for (let at = y * SIZE; at < end; at++) out[at] = (rows[at + above] + rows[at] + rows[at + below]) / 3;
  }
  return out;
}

/** Pixels that give the noise, spread over all columns and rows. */
const SAMPLED = 1365;

/** Standard deviation of the pixel noise in a field of shares: most pixels lie in flat parts, so a median sees noise alone. */
export function noiseOf(field: Float32Array, smoothed: Float32Array): number {
  const apart = new Float32Array(SAMPLED);
  for (let k = 0; k < SAMPLED; k++) {
    const i = Math.floor((k * PIXELS) / SAMPLED);
    apart[k] = Math.abs(field[i] - smoothed[i]);
  }
  apart.sort();
  // 1.4826 · median is σ of a normal; the pixel's own ninth of the mean takes √(8/9) away.
  return 1.4826 * apart[SAMPLED >> 1] * Math.sqrt(9 / 8);
}

export interface Reach {
  /** [64, 64]: the shares where the liquid is or borders, 0 elsewhere. Unbiased sums: within it nothing is clipped. */
  readonly share: Float32Array;
  /** Standard deviation of the pixel noise in each share that is not left out. */
  readonly noise: number;
}

export function withinReach(field: Float32Array): Reach {
  const smoothed = smooth(field);
  const noise = noiseOf(field, smoothed);
  const faintest = Math.max(FAINTEST, (NOISE_LIMIT * noise) / 3);
  // Where the frame's border is repeated outwards one pixel counts twice in the mean, and its noise by √(5/3) more.
  const atBorder = Math.max(FAINTEST, (NOISE_LIMIT * Math.sqrt(5 / 3) * noise) / 3);
  const beside = Math.max(FAINTEST, (BESIDE_LIMIT * noise) / 3);
  const seen = new Uint8Array(PIXELS);
  for (let i = 0; i < PIXELS; i++) {
    const [x, y] = [i % SIZE, Math.floor(i / SIZE)];
    const border = x === 0 || y === 0 || x === SIZE - 1 || y === SIZE - 1;
    if (smoothed[i] > (border ? atBorder : faintest)) seen[i] = 1;
  }
  for (let step = 0; step < BESIDE && beside < faintest; step++) {
    const wider = dilate(seen);
    for (let i = 0; i < PIXELS; i++) if (wider[i] && smoothed[i] > beside) seen[i] = 1;
  }
  const near = dilate(seen);
  const share = new Float32Array(PIXELS);
  for (let i = 0; i < PIXELS; i++) if (near[i]) share[i] = field[i];
  return { share, noise };
}

/** Every pixel within `steps` of one that is set, diagonals included; a mask holds 0 and 1. */
export function dilate(mask: Uint8Array, steps = 1): Uint8Array {
  let out = mask;
  // What reaches r px reaches 2r + 1 after one more pass; no pass leaves the frame on its way.
  for (let reached = 0; reached < steps; ) {
    const far = Math.min(reached + 1, steps - reached);
    out = widened(out, far);
    reached += far;
  }
  return out;
}

/** Set as well `far` px from what is set, along the rows and then along the columns. */
function widened(mask: Uint8Array, far: number): Uint8Array {
  const rows = mask.slice();
  for (let start = 0; start < PIXELS; start += SIZE) {
    const end = start + SIZE;
    for (let at = start + far; at < end; at++) {
      rows[at] |= mask[at - far];
      rows[at - far] |= mask[at];
    }
  }
  const out = rows.slice();
  for (let at = far * SIZE; at < PIXELS; at++) {
    out[at] |= rows[at - far * SIZE];
    out[at - far * SIZE] |= rows[at];
  }
  return out;
}
