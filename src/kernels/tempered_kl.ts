import source from "../../shaders/alignment/tempered_kl.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** KL of each (query, frame). Grid: [ceil(Q / WORKGROUP), frames of this cut, B]. */
export const temperedKl = defineKernel({
  name: "alignment/tempered_kl.wgsl",
  source,
  bindings: { teacher: "read", student: "read", teacher_lse: "read", student_lse: "read", kl: "read_write" },
  params: { F: "u32", f0: "u32", S: "u32", Q: "u32", ld: "u32", tau: "f32" },
  constants: { WORKGROUP: 64 },
});
