// Small helpers that the commands share. Plain Node: they run before anything is installed.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** Runs `npm ci` unless node_modules already matches the lock file. */
export function ensureInstalled() {
  const want = `${root}package-lock.json`;
  const have = `${root}node_modules/.package-lock.json`;
  if (existsSync(have) && sameTree(want, have)) return;
  console.log("Installing packages (npm ci) …");
  if (run("npm", ["ci", "--no-audit", "--no-fund"]) === 0) return;
  // npm ci refuses a lock file that was written where another platform's optional binaries could not be seen; npm install
  // takes the same locked versions and adds what this platform lacks.
  if (run("npm", ["install", "--no-audit", "--no-fund"]) !== 0) process.exit(1);
}

/** npm writes the tree it installed into node_modules; same versions means nothing to do. Optional packages may be absent. */
function sameTree(wantFile, haveFile) {
  const want = JSON.parse(readFileSync(wantFile, "utf8")).packages;
  const have = JSON.parse(readFileSync(haveFile, "utf8")).packages;
  return Object.entries(want).every(
    ([path, entry]) => path === "" || entry.optional || have[path]?.version === entry.version,
  );
}

/** Runs a command in the project root with its output shown; returns its exit status. */
export function run(command, args, env = {}) {
  const windows = process.platform === "win32";
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    shell: windows,
    env: { ...process.env, ...env },
  });
  return result.status ?? 1;
}

/** Runs a package's own executable (node_modules/.bin). */
export function runBin(name, args, env) {
  return run(`${root}node_modules/.bin/${name}`, args, env);
}
