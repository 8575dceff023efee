import source from "../../shaders/alignment/frame_lse.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** Log-sum-exp of each (query, frame). Grid: [ceil(Q / WORKGROUP), frames of this cut, B]. */
export const frameLse = defineKernel({
  name: "alignment/frame_lse.wgsl",
  source,
  bindings: { R: "read", lse: "read_write" },
  params: { F: "u32", f0: "u32", S: "u32", Q: "u32", ld: "u32", tau: "f32" },
  constants: { WORKGROUP: 64 },
});
