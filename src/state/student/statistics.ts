/** What a few measured clips say of the mean, of a share, and of a difference in pairs. */

export interface Interval {
  readonly mean: number;
  /** Ends of the 95 % interval; NaN where too few values were measured. */
  readonly low: number;
  readonly high: number;
}

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** By Student's t. NaN without values; for one, a mean without an interval. */
export function meanInterval(values: readonly number[]): Interval {
  const n = values.length;
  const mean = meanOf(values);
  if (n < 2) return { mean, low: Number.NaN, high: Number.NaN };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const half = quantile(n - 1) * Math.sqrt(variance / n);
  return { mean, low: mean - half, high: mean + half };
}

/** 97.5 % quantiles of Student's t for 1, 2 … 30 degrees of freedom. */
const QUANTILES = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** Beyond the table by the first term of its expansion about the normal's: within 1e-3. */
const quantile = (freedom: number): number => QUANTILES[freedom - 1] ?? 1.96 + 2.372 / freedom;

const NORMAL = 1.959964;

/** A share of n by Wilson's score interval, which stays within 0 and 1 where none or all hold. */
export function shareInterval(holds: number, n: number): Interval {
  if (n === 0) return { mean: Number.NaN, low: Number.NaN, high: Number.NaN };
  const p = holds / n;
  const z = NORMAL ** 2 / n;
  const middle = (p + z / 2) / (1 + z);
  const half = (NORMAL * Math.sqrt((p * (1 - p) + NORMAL ** 2 / n / 4) / n)) / (1 + z);
  // Where none or all hold, the end is exact and rounding is not.
  return { mean: p, low: holds === 0 ? 0 : middle - half, high: holds === n ? 1 : middle + half };
}

/** Up to so many differences that are not 0 every choice of signs is tried; of more, so many are drawn. */
const EXACT = 16;
const DRAWS = 50_000;

/**
 * Two-sided p of "both arms are alike": how many choices of signs of the differences make their sum as large as it is. It supposes
 * no distribution; of marks that hold or not it is McNemar's exact test. Drawn choices come from a fixed seed.
 * @param differences second arm minus first, by pairs; NaN without any
 */
export function signFlipTest(differences: readonly number[]): number {
  if (differences.length === 0) return Number.NaN;
  const moved = differences.filter((difference) => difference !== 0);
  const observed = Math.abs(moved.reduce((sum, value) => sum + value, 0));
  // Sums of one choice in another order differ in their last bits.
  const least = observed - 1e-9 * moved.reduce((sum, value) => sum + Math.abs(value), 0);
  return moved.length <= EXACT ? everySign(moved, least) : drawnSigns(moved, least);
}

function everySign(values: readonly number[], least: number): number {
  const choices = 2 ** values.length;
  let asLarge = 0;
  for (let choice = 0; choice < choices; choice++) {
    const sum = values.reduce((total, value, i) => total + ((choice >> i) & 1 ? value : -value), 0);
    if (Math.abs(sum) >= least) asLarge++;
  }
  return asLarge / choices;
}

function drawnSigns(values: readonly number[], least: number): number {
  let state = 0x9e3779b9;
  let asLarge = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    let sum = 0;
    for (const value of values) {
      // xorshift32
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      sum += state < 0 ? -value : value;
    }
    if (Math.abs(sum) >= least) asLarge++;
  }
  // The choice that was observed is one of them.
  return (asLarge + 1) / (DRAWS + 1);
}

/** Holm's correction: the chance that any of several tests is called significant wrongly stays what it is for one. NaN stays. */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((p, i) => ({ p, i })).filter(({ p }) => !Number.isNaN(p));
  order.sort((a, b) => a.p - b.p);
  const out = ps.slice();
  let before = 0;
  for (const [rank, { p, i }] of order.entries()) {
    before = Math.max(before, Math.min(1, (order.length - rank) * p));
    out[i] = before;
  }
  return out;
}
