// Drives the built app in headless Chromium: what `npm run figure` and its siblings share.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import { build, preview } from "vite";
import { chromiumArguments, ensureChromium } from "./chromium.mjs";
import { root } from "./run.mjs";

/** A mistake of the caller: one sentence on stderr and exit code 2. */
export class UsageError extends Error {}

/**
 * Builds the app unless TEMPERED_DIST=keep says that dist/ is fresh, serves it, and hands a Chromium and the address to `use`.
 * @template T
 * @param {(browser: import("playwright-core").Browser, url: string) => Promise<T>} use
 * @returns {Promise<T>}
 */
export async function withBuiltApp(use) {
  if (process.env.TEMPERED_DIST !== "keep" || !existsSync(`${root}dist/headless.html`)) {
    await build({ root, logLevel: "error" });
  }
  const server = await preview({ root, logLevel: "error", preview: { port: 0, host: "127.0.0.1" } });
  const browser = await chromium.launch({ executablePath: ensureChromium(), args: chromiumArguments() });
  try {
    return await use(browser, `http://127.0.0.1:${server.httpServer.address().port}/`);
  } finally {
    await browser.close();
    await new Promise((resolve) => server.httpServer.close(resolve));
  }
}

/**
 * The built app's headless page, for one command.
 * @template T
 * @param {(page: import("playwright-core").Page) => Promise<T>} use
 * @returns {Promise<T>}
 */
export function withHeadlessPage(use) {
  return withBuiltApp(async (browser, url) => {
    const page = await browser.newPage();
    page.on("pageerror", (error) => console.error(`page: ${error.message}`));
    await page.goto(`${url}headless.html`);
    await page.waitForFunction(() => "tempered" in window);
    return use(page);
  });
}

/** Runs a command's main function: usage errors end with their sentence and code 2, everything else with code 1. */
export async function main(run) {
  try {
    process.exitCode = (await run()) ?? 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}
