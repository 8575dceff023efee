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
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      const at = y * SIZE + x;
      const left = x > 0 ? field[at - 1] : field[at];
      const right = x < SIZE - 1 ? field[at + 1] : field[at];
      rows[at] = (left + field[at] + right) / 3;
    }
  }
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      const at = y * SIZE + x;
      const above = y > 0 ? rows[at - SIZE] : rows[at];
      const below = y < SIZE - 1 ? rows[at + SIZE] : rows[at];
      out[at] = (above + rows[at] + below) / 3;
    }
  }
  return out;
}

/** Pixels that give the noise, spread over all columns and rows. */
const SAMPLED = 1365;

/** Standard deviation of the pixel noise in a field of shares: most pixels lie in flat parts, so a median sees noise alone. */
export function noiseOf(field: Float32Array, smoothed: Float32Array): number {
  const apart = Float32Array.from({ length: SAMPLED }, (_, k) => {
    const i = Math.floor((k * PIXELS) / SAMPLED);
    return Math.abs(field[i] - smoothed[i]);
  }).sort();
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
  return { share: field.map((value, i) => (near[i] ? value : 0)), noise };
}

/** Every pixel within `steps` of one that is set, diagonals included. */
export function dilate(mask: Uint8Array, steps = 1): Uint8Array {
  const rows = new Uint8Array(PIXELS);
  const out = new Uint8Array(PIXELS);
  for (let line = 0; line < SIZE; line++) widen(mask, rows, line * SIZE, 1, steps);
  for (let line = 0; line < SIZE; line++) widen(rows, out, line, SIZE, steps);
  return out;
}

/** One row or column, both ways: set where the last set pixel is no further than `steps`. */
function widen(from: Uint8Array, to: Uint8Array, start: number, stride: number, steps: number): void {
  let [ahead, behind] = [steps, steps];
  for (let i = 0; i < SIZE; i++) {
    const [a, b] = [start + i * stride, start + (SIZE - 1 - i) * stride];
    ahead = from[a] ? 0 : ahead + 1;
    behind = from[b] ? 0 : behind + 1;
    if (ahead <= steps) to[a] = 1;
    if (behind <= steps) to[b] = 1;
  }
}
