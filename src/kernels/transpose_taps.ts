import source from "../../shaders/nn/transpose_taps.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** A weight as its backward reads it. Grid: [ceil(rows / WORKGROUP), taps · cols]. */
export const transposeTaps = defineKernel({
  name: "nn/transpose_taps.wgsl",
  source,
  bindings: { w: "read", out: "read_write" },
  params: { taps: "u32", rows: "u32", cols: "u32" },
  constants: { WORKGROUP: 64 },
});
