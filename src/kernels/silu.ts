import source from "../../shaders/nn/silu.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** SiLU and the column of ones for the next bias. Grid: [ceil(ld_h / WORKGROUP), rows]. */
export const silu = defineKernel({
  name: "nn/silu.wgsl",
  source,
  bindings: { p: "read", h: "read_write" },
  params: { rows: "u32", C: "u32", ld_p: "u32", ld_h: "u32" },
  constants: { WORKGROUP: 64 },
});
