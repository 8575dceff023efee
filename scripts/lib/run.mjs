// Other programs, started without a shell wherever that can be: a shell would split a path at its spaces.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { basename, dirname, join } from "node:path";
import { root } from "./ready.mjs";

/**
 * How a program is started: npm by this Node where its own file is found, else, on Windows, by a shell, which alone can start
 * npm.cmd; then neither program nor arguments may have a space.
 * @param {string} name "npm", or a path or name of anything else
 * @param {{ platform: string, node: string, npmExecPath: string | undefined, exists: (path: string) => boolean }} system what is
 *   known of the machine; a test passes another
 * @returns {{ file: string, args: string[], shell: boolean }}
 */
export function programOf(name, args, system = machine()) {
  if (name !== "npm") return { file: name, args, shell: false };
  const { platform, node, npmExecPath, exists } = system;
  // Windows has npm beside node, other systems beside the folder that node is in.
  const places = [
    ...(/npm-cli\.c?js$/.test(npmExecPath ?? "") ? [npmExecPath] : []),
    join(dirname(node), "node_modules/npm/bin/npm-cli.js"),
    join(dirname(node), "../lib/node_modules/npm/bin/npm-cli.js"),
  ];
  const cli = places.find(exists);
  if (cli) return { file: node, args: [cli, ...args], shell: false };
  return { file: name, args, shell: platform === "win32" };
}

const machine = () => ({
  platform: process.platform,
  node: process.execPath,
  npmExecPath: process.env.npm_execpath,
  exists: existsSync,
});

/**
 * Runs a program in the project root; returns its exit status. Where a signal ends it, Ctrl+C above all, this process ends as well:
 * the next program would be started against the user's will. Its output goes to stderr where `quiet` says so: stdout is for
 * results, and stdin for who reads it.
 */
export function run(name, args, { env = {}, quiet = false } = {}) {
  const { file, args: all, shell } = programOf(name, args);
  const result = spawnSync(file, all, {
    cwd: root,
    stdio: quiet ? ["ignore", 2, 2] : "inherit",
    shell,
    env: { ...process.env, ...env },
  });
  if (result.signal) {
    console.error(`stopped: ${basename(file)} was ended by ${result.signal}`);
    process.exit(128 + constants.signals[result.signal]);
  }
  return result.status ?? 1;
}

/** The JavaScript file behind a package's executable: node_modules/.bin has only a script for a shell on Windows. */
export function binOf(packageName, name) {
  const folder = `${root}node_modules/${packageName}/`;
  const { bin } = JSON.parse(readFileSync(`${folder}package.json`, "utf8"));
  return join(folder, typeof bin === "string" ? bin : bin[name]);
}
