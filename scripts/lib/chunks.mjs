// How the built page is cut into files. Left alone, the bundler makes a file for every set of modules that the same parts of the page need:
// a hundred requests before the first picture. Here what a page starts with is one file, or two where another page starts with a part of it.

/** The worker's entry does nothing but load this, and for a reason (src/worker/worker.ts). */
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
const nameOf = (path) => path.replace(/.*[\\/]|\.\w+$/g, "");

/**
 * One of the entries reaches all that its modules need, so these files never import each other in a circle. The shell's page is left alone: its parts
 * come later in the other page, one here, one there.
 * @type {import("vite").Rolldown.CodeSplittingNameFunction}
 */
function chunkOf(id, chunking) {
  const starts = startsWith(id, (at) => chunking.getModuleInfo(at)).map(nameOf);
  const begins = chunking.getModuleInfo(id)?.isEntry || isCore(id);
  return begins || starts.every((name) => name === "headless") ? null : starts.sort().join("-");
}

/** @type {import("vite").Rolldown.OutputOptions} */
export const chunks = { codeSplitting: { groups: [{ name: chunkOf, includeDependenciesRecursively: false }] } };
