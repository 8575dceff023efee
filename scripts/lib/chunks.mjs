// How the built page is cut into files. Left alone, the bundler makes a file for every set of modules that the same parts of the page need:
// a hundred requests before the first picture. Here what the app starts with is two files beside the bundler's own: what it has in common with the shell's page, and the rest.

/** What the worker really starts with: its entry only loads this (src/worker/worker.ts says why). */
const isCore = (id) => id.endsWith("src/worker/core.ts");

/**
 * The entries that reach a module by static imports: what starts with it.
 * @param {string} id
 * @param {(id: string) => import("vite").Rolldown.ModuleInfo | null} infoOf
 */
function startsWith(id, infoOf) {
  const seen = new Set([id]);
  const starts = [];
  for (const at of seen) {
    const info = infoOf(at);
    if (info?.isEntry || isCore(at)) starts.push(at);
    for (const importer of info?.importers ?? []) seen.add(importer);
  }
  return starts;
}

/** "headless" of a path that ends in headless.html. */
const nameOf = (path) => path.replace(/.*\/|\.\w+$/g, "");

/**
 * The file of a module: one for each set of entries. Whatever reaches a module also reaches what it imports, so a file imports only from files of
 * the same entries or of more, and no two files wait for each other. What the shell's page alone starts with is left to the bundler: the app
 * loads parts of it later, each by itself.
 * @type {import("vite").Rolldown.CodeSplittingNameFunction}
 */
function chunkOf(id, chunking) {
  const starts = startsWith(id, (at) => chunking.getModuleInfo(at)).map(nameOf);
  const begins = chunking.getModuleInfo(id)?.isEntry || isCore(id);
  return begins || starts.every((name) => name === "headless") ? null : starts.sort().join("-");
}

/** @type {import("vite").Rolldown.OutputOptions} */
export const chunks = { codeSplitting: { groups: [{ name: chunkOf, includeDependenciesRecursively: false }] } };
