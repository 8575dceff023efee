import source from "../../shaders/nn/matmul_tn.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** C = Aᵀ · B. Grid: `matmulGrid`. With SYMMETRIC 1 only the upper triangle is computed, the lower one is its mirror. */
export const matmulTn = defineKernel({
  name: "nn/matmul_tn.wgsl",
  source,
  bindings: { A: "read", B: "read", C: "read_write" },
  params: {
    rows: "u32",
    cols: "u32",
    depth: "u32",
    lda: "u32",
    ldb: "u32",
    ldc: "u32",
    stride_a: "u32",
    stride_b: "u32",
    stride_c: "u32",
    row0: "u32",
  },
  constants: { LANES: 8, STRIPS: 4, SYMMETRIC: 0 },
});
