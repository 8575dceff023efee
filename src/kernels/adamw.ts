import source from "../../shaders/optim/adamw.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";

/** One AdamW update of one tensor. Grid: foldRows(ceil(n / WORKGROUP)). */
export const adamw = defineKernel({
  name: "optim/adamw.wgsl",
  source,
  bindings: { gradient: "read", guard: "read", schedule: "read", p: "read_write", m: "read_write", v: "read_write" },
  params: { n: "u32", beta1: "f32", beta2: "f32", eps: "f32", decay: "f32" },
  constants: { WORKGROUP: 64 },
});
