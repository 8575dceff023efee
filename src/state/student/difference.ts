import type { StudentLook } from "./store.ts";

/** Of two arms at one look: how much farther the second's bodies are from the simulator's, px. */
export interface Difference {
  readonly step: number;
  /** Over the clips in which both arms' bodies are found. */
  readonly mean: number;
  /** Ends of its 95 % interval by Student's t over those clips; NaN for fewer than two. */
  readonly low: number;
  readonly high: number;
  readonly clips: number;
}

/** At every look that both arms had. Their clips come in pairs: the same sentence and noise. */
export function differencesOf(first: readonly StudentLook[], second: readonly StudentLook[]): Difference[] {
  return first.flatMap((look) => {
    const other = second.find(({ step }) => step === look.step);
    const pairs = look.samples.flatMap(({ centreError }, i) => {
      const difference = (other?.samples[i]?.centreError ?? Number.NaN) - centreError;
      return Number.isFinite(difference) ? [difference] : [];
    });
    return pairs.length > 0 ? [{ step: look.step, ...intervalOf(pairs) }] : [];
  });
}

function intervalOf(values: readonly number[]): Omit<Difference, "step"> {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return { mean, low: Number.NaN, high: Number.NaN, clips: n };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const half = quantile(n - 1) * Math.sqrt(variance / n);
  return { mean, low: mean - half, high: mean + half, clips: n };
}

/** 97.5 % quantiles of Student's t for 1, 2 … 30 degrees of freedom. */
const QUANTILES = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** Beyond the table by the first term of its expansion about the normal's: within 1e-3. */
const quantile = (freedom: number): number => QUANTILES[freedom - 1] ?? 1.96 + 2.372 / freedom;
