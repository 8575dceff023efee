/** The float64 twins of the kernels: dull, sequential, and checkable against the equation. */
export { frameEntropy } from "./frame_entropy.ts";
export { frameSoftmax } from "./frame_softmax.ts";
export { l2Normalize } from "./l2_normalize.ts";
export { motionSaliency } from "./motion_saliency.ts";
export { similarity } from "./similarity.ts";
export { keptPerFrame, topMask } from "./top_mask.ts";
