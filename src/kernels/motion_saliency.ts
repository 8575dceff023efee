import source from "../../shaders/alignment/motion_saliency.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** L1 change of each token since the frame before. Grid: one workgroup a token, folded with `foldRows`. */
export const motionSaliency = defineKernel({
  name: "alignment/motion_saliency.wgsl",
  source,
  bindings: { Y: "read", saliency: "read_write" },
  params: { F: "u32", S: "u32", D: "u32" },
  constants: { WORKGROUP: 64 },
});
