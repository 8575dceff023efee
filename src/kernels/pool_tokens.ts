import source from "../../shaders/alignment/pool_tokens.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** Feature maps to token rows by pool×pool means. Grid: ceil(B·C·H·W / WORKGROUP) workgroups, folded with `foldRows`. */
export const poolTokens = defineKernel({
  name: "alignment/pool_tokens.wgsl",
  source,
  bindings: { maps: "read", tokens: "read_write" },
  params: { B: "u32", C: "u32", H: "u32", W: "u32", pool: "u32", first: "u32" },
  constants: { WORKGROUP: 64 },
});
