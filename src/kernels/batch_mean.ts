import source from "../../shaders/alignment/batch_mean.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** The loss of a batch. Grid: [1]. */
export const batchMean = defineKernel({
  name: "alignment/batch_mean.wgsl",
  source,
  bindings: { per_token: "read", counts: "read", loss: "read_write" },
  params: { B: "u32", N: "u32", terms: "u32" },
  constants: { WORKGROUP: 256 },
});
