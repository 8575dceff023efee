import source from "../../shaders/alignment/gather_rows.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** Rows of the query tokens. Grid: [ceil(C / WORKGROUP), ld, B]. */
export const gatherRows = defineKernel({
  name: "alignment/gather_rows.wgsl",
  source,
  bindings: { z: "read", queries: "read", counts: "read", out: "read_write" },
  params: { C: "u32", tokens: "u32", ld: "u32", q0: "u32", stride: "u32" },
  constants: { WORKGROUP: 64 },
});
