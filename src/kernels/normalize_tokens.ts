import source from "../../shaders/alignment/normalize_tokens.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** Unit rows of a batch in both layouts. Grid: [ceil(N / WORKGROUP), 1, B]. */
export const normalizeTokens = defineKernel({
  name: "alignment/normalize_tokens.wgsl",
  source,
  bindings: { y: "read", z: "read_write", zT: "read_write", norms: "read_write" },
  params: { N: "u32", C: "u32", eps: "f32" },
  constants: { WORKGROUP: 64, ROWS: 1, COLUMNS: 1 },
});
