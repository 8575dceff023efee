// npm run shaders: writes the generated WGSL of the matrix product, then the types of all WGSL modules.
import { writeFileSync } from "node:fs";
import { declarations } from "./lib/kernels.mjs";
import { PRODUCTS } from "./lib/product.mjs";
import { root } from "./lib/run.mjs";

for (const [name, source] of Object.entries(PRODUCTS)) writeFileSync(`${root}shaders/${name}`, source);
writeFileSync(`${root}shaders/kernels.d.ts`, declarations());
