// Shell commands that run the app's own TypeScript: Node 20 reads none, so the entries of src/shell are bundled by Vite.
import { readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { root } from "./ready.mjs";
import { filesOf, sharedBuild } from "./shared_build.mjs";

/** All of the source, though the shell takes a part of it, and the versions of the packages. */
const sources = () => filesOf(["package-lock.json", "src"]);

/**
 * Imports src/shell/NAME.ts, bundled where any of its sources has changed.
 * @param {string} name
 * @returns {Promise<Record<string, Function>>}
 */
export async function importShell(name) {
  const folder = await sharedBuild("shell", sources, bundle);
  return import(pathToFileURL(`${folder}${name}.mjs`).href);
}

async function bundle(outDir) {
  const { build } = await import("vite");
  const entries = readdirSync(`${root}src/shell`).map((file) => `${root}src/shell/${file}`);
  await build({
    root,
    configFile: false,
    logLevel: "error",
    ssr: { target: "node" },
    build: {
      ssr: true,
      outDir,
      copyPublicDir: false,
      target: "node20",
      rollupOptions: {
        input: entries,
        output: { entryFileNames: "[name].mjs", chunkFileNames: "[name]-[hash].mjs" },
      },
    },
  });
}
