// npm test: installs what is missing, then runs every check in order and stops at the first that fails.
import { spawn } from "node:child_process";
import { command } from "./lib/command.mjs";
import { root } from "./lib/ready.mjs";
import { binOf } from "./lib/run.mjs";

const vitest = (...projects) => ["vitest", "vitest", ["run", ...projects.flatMap((name) => ["--project", name])]];

/** Each step's programs run beside each other: [package, its program, arguments]. */
const STEPS = [
  ["types", ["typescript", "tsc", ["--noEmit"]]],
  ["lint and format", ["@biomejs/biome", "biome", ["check", "--error-on-warnings", "."]]],
  ["layering", ["dependency-cruiser", "depcruise", ["--config", ".dependency-cruiser.cjs", "src"]]],
  ["dead code", ["knip", "knip", []]],
  // A page that loads or waits leaves a core to the kernels' tests, and these leave one while they compile.
  ["node, end-to-end and GPU tests", vitest("node", "app"), vitest("browser")],
];

await command({ name: "test", usage: "usage: npm test", stops: false }, async () => {
  const { ensureChromium } = await import("./lib/chromium.mjs");
  const env = { ...process.env, CHROMIUM_PATH: ensureChromium() };
  for (const [name, ...programs] of STEPS) {
    console.log(`\n── ${name}`);
    const started = performance.now();
    const codes = await Promise.all(programs.map((program, i) => finished(program, env, i === 0)));
    if (codes.some((code) => code !== 0)) {
      console.error(`\n${name} failed`);
      return 1;
    }
    console.log(`   ${name}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
});

/** Runs a program in the project root to its exit code. What it prints is passed on as it comes, or, so that two do not mix, at its end. */
async function finished([packageName, bin, args], env, live) {
  const child = spawn(process.execPath, [binOf(packageName, bin), ...args], {
    cwd: root,
    env,
    stdio: live ? "inherit" : ["ignore", "pipe", "pipe"],
  });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => said.push(chunk));
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  process.stdout.write(Buffer.concat(said));
  return code;
}
