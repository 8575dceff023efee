import source from "../../shaders/alignment/tempered_kl_backward_symmetric.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** G + Gᵀ when every token is a query. Grid: [ceil(N / WORKGROUP), frames of this cut, B]. */
export const temperedKlBackwardSymmetric = defineKernel({
  name: "alignment/tempered_kl_backward_symmetric.wgsl",
  source,
  bindings: { teacher: "read", teacher_lse: "read", student_lse: "read", student: "read_write" },
  params: { F: "u32", f0: "u32", S: "u32", tau: "f32", scale: "f32" },
  constants: { WORKGROUP: 64 },
});
