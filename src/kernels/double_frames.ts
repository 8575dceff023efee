import source from "../../shaders/nn/double_frames.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** Linear ×2 in time. Grid: [ceil(row / WORKGROUP), out_frames]. */
export const doubleFrames = defineKernel({
  name: "nn/double_frames.wgsl",
  source,
  bindings: { x: "read", out: "read_write" },
  params: { frames: "u32", out_frames: "u32", row: "u32" },
  constants: { WORKGROUP: 64 },
});
