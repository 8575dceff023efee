import source from "../../shaders/alignment/query_sums.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** The per-token map from per-frame sums. Grid: [ceil(Q / WORKGROUP), 1, B]. */
export const querySums = defineKernel({
  name: "alignment/query_sums.wgsl",
  source,
  bindings: { sums: "read", queries: "read", counts: "read", per_token: "read_write" },
  params: { F: "u32", N: "u32", Q: "u32", ld: "u32", q0: "u32", stride: "u32", scale: "f32" },
  constants: { WORKGROUP: 64 },
});
