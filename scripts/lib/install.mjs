// The packages, installed where they are missing. Plain Node: it runs before anything is there.
import { existsSync, readFileSync } from "node:fs";
import { withLock } from "./lock.mjs";
import { root } from "./ready.mjs";
import { run } from "./run.mjs";

/** Held while packages are installed: two npm at once in one folder break each other. */
const LOCK = `${root}.cache/tempered/install.lock`;

/** Runs `npm ci` unless node_modules already matches the lock file. */
export async function ensureInstalled() {
  if (isInstalled()) return;
  // Another command may have installed them while this one waited.
  if (await withLock(LOCK, "installs the packages", () => isInstalled() || install())) return;
  console.error("the packages could not be installed: npm's reason stands above");
  process.exit(1);
}

function install() {
  console.error("Installing packages (npm ci) …");
  // No package needs its install script here, and what npm says about them is of no use to a newcomer.
  const options = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  // npm ci refuses a lock file that was written where another platform's optional binaries could not be seen; npm install
  // takes the same locked versions and adds what this platform lacks.
  return ["ci", "install"].some((how) => run("npm", [how, ...options], { quiet: true }) === 0);
}

function isInstalled() {
  const [want, have] = [`${root}package-lock.json`, `${root}node_modules/.package-lock.json`];
  return existsSync(have) && sameTree(want, have);
}

/** npm writes the tree it installed into node_modules; same versions means nothing to do. Optional packages may be absent. */
function sameTree(wantFile, haveFile) {
  const want = JSON.parse(readFileSync(wantFile, "utf8")).packages;
  const have = JSON.parse(readFileSync(haveFile, "utf8")).packages;
  return Object.entries(want).every(
    ([path, entry]) => path === "" || entry.optional || have[path]?.version === entry.version,
  );
}
