/** The paper's own tables (arXiv 2605.24962), as printed: what other people's judges said of other people's videos. */

/** Percent of clips. SA: the prompt is followed; PC: physics is believed. */
interface Scores {
  readonly sa: number;
  readonly pc: number;
}

export interface VideoPhyRow {
  readonly method: string;
  readonly all: Scores;
  readonly solidSolid: Scores;
  readonly solidFluid: Scores;
  readonly fluidFluid: Scores;
}

const row = (method: string, ...values: readonly number[]): VideoPhyRow => {
  const [all, solidSolid, solidFluid, fluidFluid] = [0, 2, 4, 6].map((i) => ({ sa: values[i], pc: values[i + 1] }));
  return { method, all, solidSolid, solidFluid, fluidFluid };
};

/** Percent of 344 clips whose score by VideoCon-Physics, a 7-billion-parameter model, is ≥ 0.5. */
export const VIDEOPHY = {
  clips: { all: 344, solidSolid: 143, solidFluid: 146, fluidFluid: 55 },
  /** One group per model that was fine-tuned. */
  groups: [
    [
      row("CogVideoX-2B, fine-tuned", 59.6, 25.3, 45.5, 15.4, 71.2, 23.3, 65.5, 56.4),
      row("+ REPA", 60.5, 22.7, 45.5, 9.1, 72.6, 27.4, 67.3, 45.5),
      row("+ VideoREPA", 63.1, 27.6, 49.7, 18.2, 74.0, 27.4, 69.1, 52.7),
      row("+ TSA", 62.8, 29.1, 51.8, 19.6, 70.6, 26.0, 70.9, 61.8),
      row("+ M-TSA", 64.5, 30.8, 53.9, 21.0, 74.0, 27.4, 67.3, 65.5),
    ],
    [
      row("NOVA-0.6B, fine-tuned", 44.5, 20.1, 31.5, 12.6, 55.5, 21.2, 49.1, 36.4),
      row("+ VideoREPA", 45.9, 22.7, 30.8, 12.6, 56.2, 23.3, 58.2, 47.3),
      row("+ TSA", 45.1, 29.4, 31.5, 18.9, 53.4, 30.1, 58.2, 54.5),
      row("+ M-TSA", 45.1, 30.5, 32.2, 19.6, 53.4, 30.8, 56.4, 58.2),
    ],
  ],
} as const;

/** VideoPhy2: percent of 590 prompts, graded 1 to 5; joint is SA ≥ 4 and PC ≥ 4. */
export const VIDEOPHY2 = {
  prompts: 590,
  rows: [
    { method: "CogVideoX-2B, fine-tuned", joint: 22.9, sa: 26.8, pc: 68.0 },
    { method: "+ REPA", joint: 23.3, sa: 27.5, pc: 66.8 },
    { method: "+ VideoREPA", joint: 23.1, sa: 27.0, pc: 68.4 },
    { method: "+ TSA", joint: 24.0, sa: 28.2, pc: 69.3 },
    { method: "+ M-TSA", joint: 24.4, sa: 28.2, pc: 69.8 },
  ],
} as const;
