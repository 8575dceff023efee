// npm run shaders: writes the generated WGSL of the matrix product, then the types of all WGSL modules.
import { command } from "./lib/command.mjs";
import { declarations } from "./lib/kernels.mjs";
import { writeWhole } from "./lib/output.mjs";
import { PRODUCTS } from "./lib/product.mjs";
import { root } from "./lib/ready.mjs";

await command({ name: "shaders", usage: "usage: npm run shaders" }, async () => {
  for (const [name, source] of Object.entries(PRODUCTS)) writeWhole(`${root}shaders/${name}`, source);
  writeWhole(`${root}shaders/kernels.d.ts`, declarations());
});
