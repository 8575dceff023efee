// Drives the built app in headless Chromium: what `npm run figure` and its siblings share.
import { preview } from "vite";
import { builtApp } from "./built_app.mjs";
import { chosenAdapter, launchChromium } from "./chromium.mjs";
import { root } from "./ready.mjs";
import { endedByCommand, Stopped, stop, unlessStopped } from "./stop.mjs";

/**
 * Serves the built app.
 * @param options what Vite calls `preview`: port, host
 * @param {string} [folder] where it was built
 * @param {import("vite").Plugin[]} [plugins]
 * @returns {Promise<import("vite").PreviewServer>}
 */
export const serveApp = async (options, folder, plugins = []) =>
  preview({ root, logLevel: "error", plugins, build: { outDir: folder ?? (await builtApp()) }, preview: options });

/**
 * Builds the app where its sources have changed, serves it, and hands a Chromium, the address and the folder to `use`.
 * @template T
 * @param {(browser: import("playwright-core").Browser, url: string, folder: string) => Promise<T>} use
 * @param {{ keepsOn?: boolean }} options keepsOn: `use` itself ends when the user stops the command, with what it has
 * @returns {Promise<T>}
 */
export async function withBuiltApp(use, { keepsOn = false } = {}) {
  // A wrong name is said before the build.
  chosenAdapter();
  const folder = await builtApp();
  const server = await endedByCommand(() => serveApp({ port: 0, host: "127.0.0.1" }, folder));
  let browser;
  try {
    browser = await launchChromium();
    if (stop.aborted) throw new Stopped();
    const work = use(browser, `http://127.0.0.1:${server.httpServer.address().port}/`, folder);
    return await (keepsOn ? work : unlessStopped(work));
  } finally {
    await browser?.close();
    server.httpServer.closeAllConnections();
    await new Promise((resolve) => server.httpServer.close(resolve));
  }
}

/**
 * The built app's headless page, for one command.
 * @template T
 * @param {(page: import("playwright-core").Page) => Promise<T>} use
 * @param {{ keepsOn?: boolean }} [options] as for withBuiltApp
 * @returns {Promise<T>}
 */
export function withHeadlessPage(use, options) {
  return withBuiltApp(async (browser, url) => {
    const page = await browser.newPage();
    page.on("pageerror", (error) => stop.aborted || console.error(`page: ${error.message}`));
    await page.goto(`${url}headless.html`);
    await page.waitForFunction(() => "tempered" in window);
    return use(page);
  }, options);
}
