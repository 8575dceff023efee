import source from "../../shaders/alignment/relation_distillation.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** Relation distillation of each (query, frame). Grid: [ceil(Q / WORKGROUP), frames of this cut, B]. */
export const relationDistillation = defineKernel({
  name: "alignment/relation_distillation.wgsl",
  source,
  bindings: { teacher: "read", student: "read", sums: "read_write" },
  params: { F: "u32", f0: "u32", S: "u32", Q: "u32", ld: "u32", margin: "f32" },
  constants: { WORKGROUP: 64 },
});
