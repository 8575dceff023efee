/** Which optimiser the matrices of linear layers are left to, and what the user reads; everything else is AdamW's. */
export const OPTIMIZERS = { adamw: "AdamW", muon: "Muon" } as const;
export type OptimizerName = keyof typeof OPTIMIZERS;
export const OPTIMIZER_NAMES = Object.keys(OPTIMIZERS) as readonly OptimizerName[];

/** What the rates do after the warm-up: they stay, or fall along half a cosine to nothing at the last step. */
export const RATE_DECAYS = { none: "stay", cosine: "fall to 0" } as const;
export type RateDecay = keyof typeof RATE_DECAYS;
export const RATE_DECAY_NAMES = Object.keys(RATE_DECAYS) as readonly RateDecay[];

export interface RateSchedule {
  /** Steps in which the rates rise from nothing. */
  readonly warmup: number;
  readonly rateDecay: RateDecay;
  readonly steps: number;
}

/** Share of the rates in step t, counted from 1, as models/pretrain has it. */
export function rateShare({ warmup, rateDecay, steps }: RateSchedule, t: number): number {
  if (t <= warmup) return t / warmup;
  if (rateDecay === "none") return 1;
  const share = Math.min(1, (t - 1 - warmup) / Math.max(1, steps - warmup));
  return 0.5 * (1 + Math.cos(Math.PI * share));
}
