import source from "../../shaders/nn/gather_windows.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** Windows of a clip as a batch. Grid: [ceil(ld / WORKGROUP), rows]. */
export const gatherWindows = defineKernel({
  name: "nn/gather_windows.wgsl",
  source,
  bindings: { clip: "read", windows: "read", out: "read_write" },
  params: { rows: "u32", frames: "u32", H: "u32", W: "u32", ld: "u32", p: "u32", pixels: "u32" },
  constants: { WORKGROUP: 64 },
});
