import source from "../../shaders/nn/matmul.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";
import type { Dispatch } from "../gpu/kernels.ts";

/** C (+)= A · B. Grid: `matmulGrid`. */
export const matmul = defineKernel({
  name: "nn/matmul.wgsl",
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
  constants: { LANES: 8, STRIPS: 4 },
});

/** Rows that one thread of every product makes. */
export const TILE_ROWS = 16;

/** Workgroups for a product: x over columns, y over rows, z over the batch. `tileCols` is a thread's columns: 8, or 16 in the wide kernels. */
export function matmulGrid(
  rows: number,
  cols: number,
  batch = 1,
  { LANES, STRIPS } = matmul.constants,
  tileCols = 8,
): Dispatch {
  return [Math.ceil(cols / (LANES * tileCols)), Math.ceil(rows / (STRIPS * TILE_ROWS)), batch];
}
