import source from "../../shaders/alignment/l2_normalize.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** Unit rows and their clamped norms. Grid: one workgroup a row, folded with `foldRows`. */
export const l2Normalize = defineKernel({
  name: "alignment/l2_normalize.wgsl",
  source,
  bindings: { y: "read", z: "read_write", norms: "read_write" },
  params: { N: "u32", C: "u32", eps: "f32" },
  constants: { WORKGROUP: 64 },
});
