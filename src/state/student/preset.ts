import { STUDENT_DEFAULTS, type StudentSettings } from "./settings.ts";

/** One clip, learnt by heart. Found by pilots (docs/train.md). */
export const FIRST: StudentSettings = {
  ...STUDENT_DEFAULTS,
  start: "random",
  width: 64,
  depth: 2,
  heads: 1,
  task: "a large red ball bounces on the floor",
  clips: 1,
  given: 0,
  loss: "none",
  batch: 4,
  learningRate: 0.005,
  muonRate: 0.02,
  warmup: 10,
  rateDecay: "cosine",
  emaDecay: 0.9,
  steps: 240,
  evaluateEvery: 24,
  samples: 1,
  samplerSteps: 8,
  drawn: "trained",
};
