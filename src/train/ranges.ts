/** What a recipe's numbers may be, both ends included: its checks and the page's fields read them here. */
export const RECIPE_RANGES = {
  /** Below 1e-4 a float32 softmax is the argmax anyway. */
  tau: [1e-4, 1e4],
  rho: [1e-3, 1],
  margin: [0, 2],
  lambda: [0, 1e3],
  learningRate: [0, 10],
  muonRate: [0, 10],
  warmup: [0, 1e6],
  weightDecay: [0, 10],
  clipNorm: [1e-6, 1e6],
  emaDecay: [0, 0.99999],
  hidden: [4, 4096],
  steps: [1, 1e6],
  seed: [0, 2 ** 32 - 1],
  windows: [1, 64],
  /** Of a clip in the page (CLIP_LIMITS.maxFrames); of any other `checkFrames` asks the clip. */
  windowFrames: [0, 32],
  // The diffusion student's.
  /** They are held in memory, .45 MB each with the teacher's features. */
  clips: [1, 8192],
  share: [0, 100],
  block: [0, 64],
  width: [16, 2048],
  depth: [1, 64],
  heads: [1, 64],
  given: [0, 1],
  batch: [1, 64],
  samples: [0, 64],
  samplerSteps: [1, 1000],
} as const satisfies Readonly<Record<string, readonly [low: number, high: number]>>;
