import source from "../../shaders/alignment/similarity.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** Cosines of query rows with all tokens. Grid: [ceil(N / WORKGROUP), Q]. */
export const similarity = defineKernel({
  name: "alignment/similarity.wgsl",
  source,
  bindings: { z: "read", rows: "read", R: "read_write" },
  params: { Q: "u32", N: "u32", C: "u32" },
  constants: { WORKGROUP: 64 },
});
