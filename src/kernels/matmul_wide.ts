import source from "../../shaders/nn/matmul_wide.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** C (+)= A · B on a software adapter. Grid: `matmulGrid` with its own tile. */
export const matmulWide = defineKernel({
  name: "nn/matmul_wide.wgsl",
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
    accumulate: "u32",
  },
  constants: { LANES: 4, STRIPS: 8 },
});
