// npm test: installs what is missing, then runs every check in order and stops at the first that fails.
import { ensureInstalled, runBin } from "./lib/run.mjs";

ensureInstalled();
const { ensureChromium } = await import("./lib/chromium.mjs");
process.env.CHROMIUM_PATH = ensureChromium();

const steps = [
  ["types", "tsc", ["--noEmit"]],
  ["lint and format", "biome", ["check", "--error-on-warnings", "."]],
  ["layering", "depcruise", ["--config", ".dependency-cruiser.cjs", "src"]],
  ["dead code", "knip", []],
  ["build", "vite", ["build", "--logLevel", "warn"]],
  // One after another: side by side, two software adapters on two cores would measure each other's patience.
  ["node tests", "vitest", ["run", "--project", "node"]],
  ["GPU tests in Chromium", "vitest", ["run", "--project", "browser"]],
  ["end-to-end tests", "vitest", ["run", "--project", "app"]],
];
for (const [name, bin, args] of steps) {
  console.log(`\n── ${name}`);
  const started = performance.now();
  if (runBin(bin, args) !== 0) {
    console.error(`\n${name} failed`);
    process.exit(1);
  }
  console.log(`   ${name}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
