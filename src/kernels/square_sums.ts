import source from "../../shaders/optim/square_sums.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** Partial sums of squares. Grid: [ceil(threads / WORKGROUP)]. */
export const squareSums = defineKernel({
  name: "optim/square_sums.wgsl",
  source,
  bindings: { values: "read", partials: "read_write" },
  params: { n: "u32", threads: "u32", offset: "u32" },
  constants: { WORKGROUP: 64 },
});
