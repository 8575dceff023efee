import source from "../../shaders/optim/global_norm.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** Norm of all gradients and what clipping multiplies them by. Grid: [1]. */
export const globalNorm = defineKernel({
  name: "optim/global_norm.wgsl",
  source,
  bindings: { partials: "read", loss: "read", guard: "read_write" },
  params: { count: "u32", lambda: "f32", clip: "f32" },
  constants: { WORKGROUP: 256 },
});
