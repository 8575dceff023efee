/** The float64 twins of the kernels: dull, sequential, and checkable against the equation. */
export { repa, temperedAlignment, tokenRelationDistillation } from "./alignment_losses.ts";
export { conv3d, conv3dBackward, conv3dSize } from "./conv3d.ts";
export { frameEntropy } from "./frame_entropy.ts";
export { frameLse } from "./frame_lse.ts";
export { frameSoftmax } from "./frame_softmax.ts";
export { l2Normalize } from "./l2_normalize.ts";
export { l2NormalizeBackward } from "./l2_normalize_backward.ts";
export { linear, linearBackward } from "./linear.ts";
export { matmul, matmulTn } from "./matmul.ts";
export { motionSaliency } from "./motion_saliency.ts";
export { type AdamwState, adamw, clipping, movingAverage } from "./optimizer.ts";
export { projector } from "./projector.ts";
export { relationDistillation, relationDistillationBackward } from "./relation_distillation.ts";
export { selfSimilarity } from "./self_similarity.ts";
export { silu, siluBackward } from "./silu.ts";
export { similarity } from "./similarity.ts";
export { temperedKl, temperedKlBackward } from "./tempered_kl.ts";
export { keptPerFrame, topMask } from "./top_mask.ts";
