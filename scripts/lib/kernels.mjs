// Kernels as modules: what Vite makes of `import kernel from "….wgsl"`, and the types that TypeScript has for it.
import { readdirSync, readFileSync } from "node:fs";
import { root } from "./ready.mjs";
import { declarationOf, moduleOf } from "./wgsl.mjs";

const SHADERS = `${root}shaders/`;

/**
 * Every `import … from "….wgsl"` becomes the file's kernels (scripts/lib/wgsl.mjs).
 * @returns {import("vite").Plugin}
 */
export const kernels = () => ({
  name: "kernels",
  enforce: "pre",
  load(id) {
    const [path, query = ""] = id.split("?");
    if (!path.endsWith(".wgsl") || /\b(?:raw|url)\b/.test(query)) return null;
    const name = path.slice(path.lastIndexOf("/shaders/") + "/shaders/".length);
    return { code: moduleOf(readFileSync(path, "utf8"), name), map: null };
  },
});

/** Every WGSL file by its path under shaders/. */
const sources = () =>
  readdirSync(SHADERS, { recursive: true })
    .map((path) => String(path).replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".wgsl"))
    .sort()
    .map((name) => ({ name, source: readFileSync(SHADERS + name, "utf8") }));

/** shaders/kernels.d.ts as it should be: the modules of all WGSL files. */
export const declarations = () =>
  `// Written by \`npm run shaders\` from the WGSL beside it.\n${sources()
    .map(({ source, name }) => declarationOf(source, name))
    .join("")}`;
