import source from "../../shaders/alignment/gather_queries.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** Columns of the query tokens. Grid: [ceil(ld / WORKGROUP), Cp, B]. */
export const gatherQueries = defineKernel({
  name: "alignment/gather_queries.wgsl",
  source,
  bindings: { zT: "read", queries: "read", counts: "read", out: "read_write" },
  params: { channels: "u32", tokens: "u32", ld: "u32", q0: "u32", stride: "u32" },
  constants: { WORKGROUP: 64 },
});
