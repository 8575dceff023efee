// npm test: installs what is missing, then runs every check and stops at the first group in which one fails.
import { execFile } from "node:child_process";
import { command } from "./lib/command.mjs";
import { root } from "./lib/ready.mjs";
import { binOf, run } from "./lib/run.mjs";

/** These read the sources and take a core at most, so they run beside each other; what one says stays together. */
const READERS = [
  ["types", "typescript", "tsc", ["--noEmit"]],
  ["lint and format", "@biomejs/biome", "biome", ["check", "--error-on-warnings", "."]],
  ["layering", "dependency-cruiser", "depcruise", ["--config", ".dependency-cruiser.cjs", "src"]],
  ["dead code", "knip", "knip", []],
];

const TESTS = [
  ["node tests, and GPU tests in Chromium", ["--project", "node*", "--project", "kernels", "--project", "browser"]],
  ["end-to-end tests", ["--project", "app"]],
];

await command({ name: "test", usage: "usage: npm test", stops: false }, async () => {
  const { ensureTestChromium } = await import("./lib/chromium.mjs");
  const env = ensureTestChromium();
  const fine = await Promise.all(READERS.map((reader) => read(...reader)));
  if (fine.includes(false)) return 1;
  for (const [name, args] of TESTS) {
    console.log(`\n── ${name}`);
    const started = performance.now();
    if (run(process.execPath, [binOf("vitest", "vitest"), "run", ...args], { env }) !== 0) return failed(name);
    console.log(passed(name, started));
  }
});

/** Runs a program and prints what it said once it has ended. @returns {Promise<boolean>} whether it found nothing */
function read(name, packageName, bin, args) {
  const started = performance.now();
  return new Promise((resolve) => {
    const options = { cwd: root, maxBuffer: 64 * 2 ** 20 };
    execFile(process.execPath, [binOf(packageName, bin), ...args], options, (error, stdout, stderr) => {
      console.log(`\n── ${name}`);
      process.stdout.write(stdout + stderr);
      if (error) failed(name);
      else console.log(passed(name, started));
      resolve(!error);
    });
  });
}

function passed(name, started) {
  return `   ${name}: ${((performance.now() - started) / 1000).toFixed(1)} s`;
}

/** @returns the exit code */
function failed(name) {
  console.error(`\n${name} failed`);
  return 1;
}
