import type { SampledFrame } from "../../worker/protocol.ts";

/** Distances whose longest is no more than this many times the shortest pass for equal. */
const EQUAL = 1.1;

/** Says how far apart the sampled frames are where that is not the same everywhere; null where it is. */
export function spacingWords(frames: readonly SampledFrame[]): string | null {
  if (frames.length < 3) return null;
  const range = (values: readonly number[]) => [Math.min(...values), Math.max(...values)] as const;
  const [shortest, longest] = range(frames.slice(1).map(({ timeS }, f) => timeS - frames[f].timeS));
  if (longest <= EQUAL * shortest) return null;
  const [least, most] = range(frames.slice(1).map(({ index }, f) => index - frames[f].index));
  const counted = least === most ? "" : ` (${least} to ${most} frames of the file)`;
  return `The frames are not evenly spaced: ${shortest.toFixed(2)} to ${longest.toFixed(2)} s apart${counted}. Velocities between them differ as much.`;
}

const ENDINGS: Partial<Record<Intl.LDMLPluralRule, string>> = { one: "st", two: "nd", few: "rd" };

/** How the frames are taken, as the user chooses it: 0 is evenly in time, n every n-th of the file. */
export function spacingName(stride: number): string {
  if (stride === 0) return "even over the window";
  const rule = new Intl.PluralRules("en", { type: "ordinal" }).select(stride);
  return stride === 1 ? "every frame" : `every ${stride}${ENDINGS[rule] ?? "th"} frame`;
}
