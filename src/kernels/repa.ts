import source from "../../shaders/alignment/repa.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** REPA with its gradient. Grid: [ceil(N / WORKGROUP), 1, B]. */
export const repa = defineKernel({
  name: "alignment/repa.wgsl",
  source,
  bindings: { teacher: "read", student: "read", norms: "read", per_token: "read_write", dy: "read_write" },
  params: { N: "u32", C: "u32", eps: "f32", scale: "f32" },
  constants: { WORKGROUP: 64 },
});
