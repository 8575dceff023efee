import source from "../../shaders/alignment/scatter_rows.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** Adds rows to those of the query tokens. Grid: [ceil(C / WORKGROUP), ld, B]. */
export const scatterRows = defineKernel({
  name: "alignment/scatter_rows.wgsl",
  source,
  bindings: { rows: "read", queries: "read", counts: "read", dz: "read_write" },
  params: { C: "u32", tokens: "u32", ld: "u32", q0: "u32", stride: "u32" },
  constants: { WORKGROUP: 64 },
});
