// npm test: installs what is missing, then runs every check in order and stops at the first that fails.
import { command } from "./lib/command.mjs";
import { binOf, run } from "./lib/run.mjs";

const STEPS = [
  ["types", "typescript", "tsc", ["--noEmit"]],
  ["lint and format", "@biomejs/biome", "biome", ["check", "--error-on-warnings", "."]],
  ["layering", "dependency-cruiser", "depcruise", ["--config", ".dependency-cruiser.cjs", "src"]],
  ["dead code", "knip", "knip", []],
  [
    "node tests, and GPU tests in Chromium",
    "vitest",
    "vitest",
    ["run", "--project", "node*", "--project", "kernels", "--project", "browser"],
  ],
  ["end-to-end tests", "vitest", "vitest", ["run", "--project", "app"]],
];

await command({ name: "test", usage: "usage: npm test", stops: false }, async () => {
  const { ensureTestChromium } = await import("./lib/chromium.mjs");
  const env = ensureTestChromium();
  for (const [name, packageName, bin, args] of STEPS) {
    console.log(`\n── ${name}`);
    const started = performance.now();
    if (run(process.execPath, [binOf(packageName, bin), ...args], { env }) !== 0) {
      console.error(`\n${name} failed`);
      return 1;
    }
    console.log(`   ${name}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
});
