import source from "../../shaders/alignment/normalize_tokens_backward.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** Backward of normalize_tokens. Grid: [ceil(N / WORKGROUP), 1, B]. */
export const normalizeTokensBackward = defineKernel({
  name: "alignment/normalize_tokens_backward.wgsl",
  source,
  bindings: { dz: "read", z: "read", norms: "read", dy: "read_write" },
  params: { N: "u32", C: "u32", eps: "f32" },
  constants: { WORKGROUP: 64 },
});
