import source from "../../shaders/alignment/tempered_kl_backward.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** Gradient of the KL, over the student's similarity. Grid: [ceil(ceil4(Q) / WORKGROUP), frames of this cut, B]. */
export const temperedKlBackward = defineKernel({
  name: "alignment/tempered_kl_backward.wgsl",
  source,
  bindings: { teacher: "read", teacher_lse: "read", student_lse: "read", counts: "read", student: "read_write" },
  params: { F: "u32", f0: "u32", S: "u32", Q: "u32", ld: "u32", q0: "u32", tau: "f32", scale: "f32" },
  constants: { WORKGROUP: 64 },
});
