// Runs before anything else, in whatever Node there is: only syntax and functions that Node 12 knows, in this file and tempered.mjs.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** The program's own scripts and versions. */
const project = JSON.parse(readFileSync(`${root}package.json`, "utf8"));

/**
 * Why nothing can be run here, as one sentence; null where all is well.
 * @param {string} version of this Node, "20.19.0"
 * @param {string} range package.json's engines.node, ">=20.19"
 * @param {string} folder where the project lies
 */
export function hindrance(version, range, folder) {
  const needed = range.replace(">=", "");
  if (isOlder(version, needed)) {
    return `Node ${needed} or newer is needed, this is ${version}: get it from nodejs.org`;
  }
  // Both end a path where a bundler reads it as an address: it would look for the files in the folder before them.
  const odd = /[#?]/.exec(folder);
  if (odd) {
    return `the project's folder has a "${odd[0]}" in its path, which the bundler cannot read: move it (${folder})`;
  }
  return null;
}

function isOlder(version, needed) {
  const have = version.split(".").map(Number);
  const want = needed.split(".").map(Number);
  for (let i = 0; i < want.length; i++) {
    if (have[i] !== want[i]) return have[i] < want[i];
  }
  return false;
}

/**
 * The folder that paths on the command line start from: where the user stood when npm moved into the project's own. npm says
 * so to every program below it, so only the one that npm itself started may ask.
 * @param {Record<string, string | undefined>} env
 * @param {string} started how npm starts this very command, as in package.json's scripts
 * @param {string} folder the current one
 */
export function whereTheUserStands(env, started, folder) {
  const moved = env.npm_lifecycle_script === started && env.INIT_CWD;
  return moved ? env.INIT_CWD : folder;
}

const problem = hindrance(process.versions.node, project.engines.node, root);
if (problem) {
  console.error(problem);
  process.exit(1);
}
