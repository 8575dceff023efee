import source from "../../shaders/nn/unfold3d.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** Neighbourhoods of a 3×3×3 convolution as rows. Grid: [ceil(C / WORKGROUP), rows − row0]. */
export const unfold3d = defineKernel({
  name: "nn/unfold3d.wgsl",
  source,
  bindings: { x: "read", out: "read_write" },
  params: {
    row0: "u32",
    rows: "u32",
    tokens: "u32",
    token0: "u32",
    frame0: "u32",
    frames: "u32",
    H: "u32",
    W: "u32",
    out_H: "u32",
    out_W: "u32",
    C: "u32",
    ld_in: "u32",
    ld_out: "u32",
    up: "u32",
    down: "u32",
    pad: "u32",
    ones: "u32",
  },
  constants: { WORKGROUP: 64 },
});
