// npm run shaders: writes what is made from and for the WGSL: the types of its modules.
import { writeFileSync } from "node:fs";
import { declarations } from "./lib/kernels.mjs";
import { root } from "./lib/run.mjs";

writeFileSync(`${root}shaders/kernels.d.ts`, declarations());
