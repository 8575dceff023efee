/**
 * What the judge says of clips whose worth is known: beside these every SA*, PC* and Joint* has to stand. A PC* alone is no praise: a
 * picture that never changes breaks few laws.
 */
export interface Yardstick {
  readonly clips: string;
  /** Shares of clips, over all templates of the report (docs/judge_report.json, which a test compares). */
  readonly sa: number;
  readonly pc: number;
  readonly joint: number;
}

export const YARDSTICKS: readonly Yardstick[] = [
  { clips: "the simulator's", sa: 1, pc: 0.996, joint: 0.996 },
  { clips: "frozen", sa: 0, pc: 0.726, joint: 0 },
  { clips: "stopped", sa: 0.731, pc: 0, joint: 0 },
  { clips: "cross-faded", sa: 0.582, pc: 0, joint: 0 },
];

/** The same in one sentence, for a caption: a number of a PC* stands nowhere without it. */
export function yardstickSentence(): string {
  const percent = (share: number) => Number((100 * share).toFixed(1));
  const of = YARDSTICKS.map(({ clips, sa, pc, joint }) => `${clips} ${percent(sa)}, ${percent(pc)}, ${percent(joint)}`);
  return `SA*, PC* and Joint* hold, in percent, of clips of known worth: ${of.join("; ")}.`;
}
