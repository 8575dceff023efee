import { checkFeatureLength } from "./token_index.ts";
import type { Grid } from "./types.ts";

/** Where an output row or column comes from: `low` and `high` of the source, `share` of the latter. */
interface Tap {
  readonly low: number;
  readonly high: number;
  readonly share: number;
}

/**
 * Brings features to another spatial grid, bilinearly: pixel centres lie at half, output y reads the source at
 * (y + ½)·H/H2 − ½, and positions beyond the edge take the edge. The same grid gives the features back untouched.
 * @param features [F, H, W, C]
 * @returns [F, H2, W2, C]
 * @throws RangeError when the length does not fit the grid
 */
export function resample(features: Float32Array, grid: Grid, { H: H2, W: W2 }: Pick<Grid, "H" | "W">): Float32Array {
  checkFeatureLength(features.length, grid);
  const { F, H, W, C } = grid;
  if (H === H2 && W === W2) return features;
  const [rows, cols] = [taps(H, H2), taps(W, W2)];
  const out = new Float32Array(F * H2 * W2 * C);
  let to = 0;
  for (let f = 0; f < F; f++) {
    const at = (row: number, col: number) => ((f * H + row) * W + col) * C;
    for (const row of rows) {
      for (const col of cols) {
        const [lowLow, lowHigh] = [at(row.low, col.low), at(row.low, col.high)];
        const [highLow, highHigh] = [at(row.high, col.low), at(row.high, col.high)];
        for (let c = 0; c < C; c++) {
          const above = mix(features[lowLow + c], features[lowHigh + c], col.share);
          const below = mix(features[highLow + c], features[highHigh + c], col.share);
          out[to++] = mix(above, below, row.share);
        }
      }
    }
  }
  return out;
}

const mix = (a: number, b: number, share: number) => a + (b - a) * share;

function taps(from: number, to: number): Tap[] {
  return Array.from({ length: to }, (_, i) => {
    const at = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    const low = Math.floor(at);
    return { low, high: Math.min(from - 1, low + 1), share: at - low };
  });
}
