import source from "../../shaders/alignment/soft_match.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** Expected position and best match of each row. Grid: [ceil(rows / WORKGROUP)]. */
export const softMatch = defineKernel({
  name: "alignment/soft_match.wgsl",
  source,
  bindings: { logits: "read", matches: "read_write" },
  params: { rows: "u32", cols: "u32", W: "u32", tau: "f32" },
  constants: { WORKGROUP: 64 },
});
