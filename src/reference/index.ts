/** The float64 twins of the kernels: dull, sequential, and checkable against the equation. */
export { repa, temperedAlignment, tokenRelationDistillation } from "./alignment_losses.ts";
export { frameEntropy } from "./frame_entropy.ts";
export { frameLse } from "./frame_lse.ts";
export { frameSoftmax } from "./frame_softmax.ts";
export { l2Normalize } from "./l2_normalize.ts";
export { l2NormalizeBackward } from "./l2_normalize_backward.ts";
export { matmul, matmulTn } from "./matmul.ts";
export { motionSaliency } from "./motion_saliency.ts";
export { relationDistillation, relationDistillationBackward } from "./relation_distillation.ts";
export { selfSimilarity } from "./self_similarity.ts";
export { similarity } from "./similarity.ts";
export { temperedKl, temperedKlBackward } from "./tempered_kl.ts";
export { keptPerFrame, topMask } from "./top_mask.ts";
