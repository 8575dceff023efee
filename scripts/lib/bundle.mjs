// Shell commands that run the app's own TypeScript: Node 20 reads none, so an entry of src/shell is bundled by Vite into a cache.
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { root } from "./run.mjs";

const CACHE = `${root}node_modules/.cache/tempered/`;

/** When anything in a folder last changed. */
function newest(folder) {
  const times = readdirSync(folder, { recursive: true, withFileTypes: true }).map(
    (entry) => statSync(`${entry.parentPath}/${entry.name}`).mtimeMs,
  );
  return Math.max(0, ...times);
}

/**
 * Bundles src/shell/NAME.ts where any of the folders that it may import is newer than the last bundle, and imports it.
 * @param {string} name
 * @returns {Promise<Record<string, Function>>}
 */
export async function importShell(name) {
  const file = `${CACHE}${name}.mjs`;
  const sources = ["shell", "alignment", "world", "judge", "formats"].map((folder) => `${root}src/${folder}`);
  const stale =
    !existsSync(file) || sources.some((folder) => existsSync(folder) && newest(folder) > statSync(file).mtimeMs);
  if (stale) {
    const { build } = await import("vite");
    mkdirSync(CACHE, { recursive: true });
    await build({
      root,
      configFile: false,
      logLevel: "error",
      ssr: { target: "node" },
      build: {
        ssr: `${root}src/shell/${name}.ts`,
        outDir: CACHE,
        emptyOutDir: false,
        copyPublicDir: false,
        target: "node20",
        rollupOptions: { output: { entryFileNames: `${name}.mjs`, chunkFileNames: "[name].mjs" } },
      },
    });
  }
  return import(pathToFileURL(file).href);
}
