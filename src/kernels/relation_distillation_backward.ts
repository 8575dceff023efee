import source from "../../shaders/alignment/relation_distillation_backward.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** Its gradient, over the student's similarity. Grid: [ceil(ceil4(Q) / WORKGROUP), keys of this cut, B]. */
export const relationDistillationBackward = defineKernel({
  name: "alignment/relation_distillation_backward.wgsl",
  source,
  bindings: { teacher: "read", student: "read_write" },
  params: { keys: "u32", j0: "u32", Q: "u32", ld: "u32", margin: "f32", scale: "f32" },
  constants: { WORKGROUP: 64 },
});
