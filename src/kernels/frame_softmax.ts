import source from "../../shaders/alignment/frame_softmax.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** Tempered softmax over each row. Grid: one workgroup a row, folded with `foldRows`. */
export const frameSoftmax = defineKernel({
  name: "alignment/frame_softmax.wgsl",
  source,
  bindings: { logits: "read", probs: "read_write" },
  params: { rows: "u32", cols: "u32", tau: "f32" },
  constants: { WORKGROUP: 64 },
});
