// npm test: installs what is missing, then runs every check. All static checks are run; after them the first group of tests that fails ends it.
import { execFile } from "node:child_process";
import { command, MachineError } from "./lib/command.mjs";
import { root } from "./lib/ready.mjs";
import { binOf, run } from "./lib/run.mjs";

/** They only read the sources, so they run beside each other, and beside the build of the page: types take longest, and one core. */
const STATIC_CHECKS = [
  ["types", "typescript", "tsc", ["--noEmit"]],
  ["lint and format", "@biomejs/biome", "biome", ["check", "--error-on-warnings", "."]],
  ["layering", "dependency-cruiser", "depcruise", ["--config", ".dependency-cruiser.cjs", "src"]],
  ["dead code", "knip", "knip", []],
];

const TESTS = [
  ["tests in Node, of kernels and models in Chromium, and of the commands", ["--project", "!app"]],
  ["end-to-end tests of the page", ["--project", "app"]],
];

await command({ name: "test", usage: "usage: npm test", stops: false }, async () => {
  const { ensureTestChromium } = await import("./lib/chromium.mjs");
  const env = ensureTestChromium();
  console.log(`\n── ${STATIC_CHECKS.map(([name]) => name).join(", ")}, the page's build`);
  const passed = await Promise.all([...STATIC_CHECKS.map((check) => passes(env, ...check)), builds()]);
  if (passed.includes(false)) return 1;
  for (const [name, args] of TESTS) {
    console.log(`\n── ${name}`);
    const started = performance.now();
    const ok = run(process.execPath, [binOf("vitest", "vitest"), "run", ...args], { env }) === 0;
    conclude(name, ok, started);
    if (!ok) return 1;
  }
});

/** Builds the page that the tests find. */
async function builds() {
  const started = performance.now();
  const { builtApp } = await import("./lib/built_app.mjs");
  const ok = await builtApp().then(
    () => true,
    (error) => {
      console.error(error instanceof MachineError ? error.message : error);
      return false;
    },
  );
  conclude("the page's build", ok, started);
  return ok;
}

/** Runs a check; once it has ended, prints its output in one piece. @returns {Promise<boolean>} whether it passed */
function passes(env, name, packageName, bin, args) {
  const started = performance.now();
  const options = { cwd: root, env: { ...process.env, ...env }, maxBuffer: 64 * 2 ** 20 };
  return new Promise((resolve) => {
    execFile(process.execPath, [binOf(packageName, bin), ...args], options, (error, stdout, stderr) => {
      process.stdout.write(`${stdout}${stderr}`);
      // Where it was killed, or said too much, its output does not tell why.
      if (error && typeof error.code !== "number") console.error(error.signal ?? error.message);
      conclude(name, !error, started);
      resolve(!error);
    });
  });
}

function conclude(name, ok, started) {
  if (ok) console.log(`   ${name}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  else console.error(`\n${name} failed`);
}
