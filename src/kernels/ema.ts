import source from "../../shaders/optim/ema.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** Moving average of one tensor. Grid: foldRows(ceil(n / WORKGROUP)). */
export const ema = defineKernel({
  name: "optim/ema.wgsl",
  source,
  bindings: { p: "read", guard: "read", schedule: "read", ema: "read_write" },
  params: { n: "u32" },
  constants: { WORKGROUP: 64 },
});
