import source from "../../shaders/alignment/top_mask.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** The k most salient tokens of each frame. Grid: [ceil(F·S / WORKGROUP)]. */
export const topMask = defineKernel({
  name: "alignment/top_mask.wgsl",
  source,
  bindings: { saliency: "read", mask: "read_write" },
  params: { F: "u32", S: "u32", k: "u32" },
  constants: { WORKGROUP: 64 },
});
