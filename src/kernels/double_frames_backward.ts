import source from "../../shaders/nn/double_frames_backward.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** Gradient of linear ×2 in time. Grid: [ceil(row / WORKGROUP), in_frames]. */
export const doubleFramesBackward = defineKernel({
  name: "nn/double_frames_backward.wgsl",
  source,
  bindings: { dout: "read", dx: "read_write" },
  params: { frames: "u32", in_frames: "u32", row: "u32" },
  constants: { WORKGROUP: 64 },
});
