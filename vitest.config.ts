import { playwright } from "@vitest/browser-playwright";
import { configDefaults, defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { chromiumArguments, oneThreadChromiumPath, testArguments, testChromiumPath } from "./scripts/lib/chromium.mjs";
import { kernels } from "./scripts/lib/kernels.mjs";
import { isolationHeaders } from "./vite.config.ts";

/** A software adapter leaves a core free while it compiles, and one that computes takes turns: one file of each kind at a time. */
const besideEachOther = { maxWorkers: 1, sequence: { groupOrder: 1 } };

/** Where the stores of the page are: each file has its own. Other files of Node share what they import, whose loading is two thirds of their cost. */
const STORES = "test/node/state/**/*.test.ts";

/** Simulated liquids take seconds, and several times that on a busy machine. */
const inNode = {
  environment: "node",
  testTimeout: 60_000,
  expect: { poll: { timeout: 10_000 } },
  ...besideEachOther,
} as const;

/**
 * Tests of the shell's commands. Vitest starts the projects of a group in the order of their names, so these follow Node's own tests,
 * on the core that is free while the models' tests go on in Chromium.
 */
const SHELL = "test/app/shell/**/*.test.ts";

/** Tests of the built app. */
const ofTheBuild = {
  environment: "node",
  // The files share Playwright; what they test is in their pages.
  isolate: false,
  globalSetup: "test/support/serve_build.ts",
  // The longest without a limit of its own (pair) took 61 s in CI, and over 120 beside other work.
  testTimeout: 240_000,
  hookTimeout: 120_000,
  // A software adapter on a busy machine answers when it can.
  expect: { poll: { timeout: 30_000 } },
} as const;

/** Tests that run in a real Chromium with WebGPU, one file at a time. */
const inChromium = (
  name: string,
  include: string[],
  executablePath: string,
  args: string[],
): TestProjectInlineConfiguration => ({
  plugins: [kernels()],
  server: { headers: isolationHeaders },
  optimizeDeps: {
    exclude: ["onnxruntime-web"],
    include: ["mediabunny", "valibot", "fast-check", "fast-png", "@dimforge/rapier2d-deterministic-compat"],
  },
  test: {
    name,
    include,
    testTimeout: 120_000,
    ...besideEachOther,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { executablePath, args } }),
      instances: [{ browser: "chromium" }],
    },
  },
});

/** Layers of tests: node (float64 references, pure logic), kernels and browser (real Chromium with WebGPU), shell (its commands), app (the built page, driven). */
export default defineConfig({
  test: {
    projects: [
      {
        plugins: [kernels()],
        test: {
          name: "node",
          include: ["test/reference/**/*.test.ts", "test/node/**/*.test.ts"],
          exclude: [...configDefaults.exclude, STORES],
          isolate: false,
          ...inNode,
        },
      },
      { plugins: [kernels()], test: { name: "node-state", include: [STORES], ...inNode } },
      inChromium("kernels", ["test/kernels/**/*.test.ts"], testChromiumPath(), chromiumArguments()),
      inChromium(
        "browser",
        ["test/model/**/*.test.ts", "test/browser/**/*.test.ts"],
        oneThreadChromiumPath(),
        testArguments(),
      ),
      { test: { name: "shell", include: [SHELL], ...ofTheBuild, ...besideEachOther } },
      {
        test: {
          name: "app",
          include: ["test/app/**/*.test.ts"],
          exclude: [...configDefaults.exclude, SHELL],
          ...ofTheBuild,
          // A page that loads, decodes or waits for its next save leaves a core free.
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
