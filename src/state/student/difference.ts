import { type Interval, meanInterval } from "./statistics.ts";
import type { StudentLook } from "./store.ts";

/** Of two arms at one look: how much farther the second's bodies are from the simulator's, px, over the clips in which both are found. */
export interface Difference extends Interval {
  readonly step: number;
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
    return pairs.length > 0 ? [{ step: look.step, ...meanInterval(pairs), clips: pairs.length }] : [];
  });
}
