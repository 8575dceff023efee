import source from "../../shaders/alignment/frame_entropy.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** Entropy of each row in bits. Grid: one workgroup a row, folded with `foldRows`. */
export const frameEntropy = defineKernel({
  name: "alignment/frame_entropy.wgsl",
  source,
  bindings: { probs: "read", entropy: "read_write" },
  params: { rows: "u32", cols: "u32" },
  constants: { WORKGROUP: 64 },
});
