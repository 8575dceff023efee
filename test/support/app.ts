import { type Browser, type BrowserContextOptions, chromium, type Download, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, inject } from "vitest";
import { testArguments, testChromiumPath } from "../../scripts/lib/chromium.mjs";

/** A page of the built app and what went wrong in it. */
export interface AppPage {
  readonly page: Page;
  /** Uncaught exceptions and console errors, the CSP's refusals among them. */
  readonly problems: string[];
  /** Every address that was asked for. */
  readonly requests: string[];
}

interface OpenOptions extends BrowserContextOptions {
  readonly hash?: string;
  /** Another address than the served build's. */
  readonly url?: string;
  /** Called before the page loads, to route or to patch. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

/** A Chromium for one test file, and a way to open the app in a fresh profile. */
export function withApp(
  args = testArguments(),
  executablePath = testChromiumPath(),
): (options?: OpenOptions) => Promise<AppPage> {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args });
  });
  // A page left open goes on computing what it was asked for, beside the next test.
  afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));
  afterAll(() => browser?.close());
  return async ({ hash = "", url, prepare, ...context } = {}) => {
    const made = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...context });
    const page = await made.newPage();
    const problems: string[] = [];
    const requests: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    made.on("request", (request) => requests.push(request.url()));
    await prepare?.(page);
    await page.goto(`${url ?? inject("baseUrl")}index.html${hash}`);
    return { page, problems, requests };
  };
}

/** Waits until the figure shows the current settings. */
export async function figureShown(page: Page): Promise<void> {
  await page.waitForSelector("[data-testid=figure-layers]", { state: "attached", timeout: 60_000 });
}

/** Waits, when called, until `text` has stood anywhere on the page since now, however briefly: Playwright, which looks at intervals, misses a blink. */
export async function appearance(page: Page, text: string): Promise<() => Promise<void>> {
  const seen = await page.evaluateHandle((expected) => {
    const found = () => document.body.innerText.includes(expected);
    const result = { seen: found() };
    new MutationObserver((_, observer) => {
      if (!found()) return;
      result.seen = true;
      observer.disconnect();
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
    return result;
  }, text);
  return async () => {
    await page.waitForFunction((result) => result.seen, seen, { timeout: 60_000 });
  };
}

/** The status line's read-out of the encoder: changes with each encode. */
export const statusText = (page: Page) => page.locator("footer").innerText();

/** The match as a screen reader hears it, once it has settled on something that contains `part`. */
export async function spoken(page: Page, part: string): Promise<string> {
  const region = page.locator("[role=status]");
  await region.filter({ hasText: part }).waitFor({ state: "attached" });
  return region.innerText();
}

/** Lets a file fall onto the page. */
export async function dropFile(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([file, data]) => {
      const content = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
      const made = new DataTransfer();
      made.items.add(new File([content], file));
      return made;
    },
    [name, Buffer.from(bytes).toString("base64")] as const,
  );
  await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
}

/** Gives the page a file by the button of its header. */
export async function pickFile(page: Page, path: string): Promise<void> {
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    page.getByRole("button", { name: "Open a video", exact: true }).click(),
  ]);
  await chooser.setFiles(path);
}

/** Presses a button that is in view, or else in the menu of files, which is left closed. */
export async function pressFile(page: Page, name: string): Promise<void> {
  const button = page.getByRole("button", { name, exact: true });
  if ((await button.count()) === 0) await page.getByRole("button", { name: "Files", exact: true }).click();
  await button.first().click();
  await page.evaluate(() => document.querySelector<HTMLElement>("[popover]:popover-open")?.hidePopover());
}

/** What such a button saves. */
export async function savedBy(page: Page, name: string): Promise<Download> {
  const [download] = await Promise.all([page.waitForEvent("download"), pressFile(page, name)]);
  return download;
}
