import source from "../../shaders/nn/silu_backward.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** Gradient through SiLU, in place. Grid: [ceil(C / WORKGROUP), rows]. */
export const siluBackward = defineKernel({
  name: "nn/silu_backward.wgsl",
  source,
  bindings: { p: "read", d: "read_write" },
  params: { rows: "u32", C: "u32", ld: "u32" },
  constants: { WORKGROUP: 64 },
});
