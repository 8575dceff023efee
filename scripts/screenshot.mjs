// npm run screenshot -- HASH OUT.png [WIDTHxHEIGHT] [light|dark]: what a link shows, as a picture. The README's were made so.
import { ensureInstalled } from "./lib/run.mjs";

ensureInstalled();
const { main, UsageError, withBuiltApp } = await import("./lib/page.mjs");

/** Time for thumbnails, masks and losses on a software adapter. */
const SETTLE_MS = Number(process.env.TEMPERED_SETTLE_MS ?? 8000);

await main(async () => {
  const [hash, out, size = "1440x900", colorScheme = "dark"] = process.argv.slice(2);
  const [width, height] = size.split("x").map(Number);
  if (!out?.endsWith(".png") || !(width > 0 && height > 0) || !["light", "dark"].includes(colorScheme)) {
    throw new UsageError(
      `usage: npm run screenshot -- "#v=1&tau=0.05" out.png [1440x900] [light|dark], got ${process.argv.slice(2).join(" ")}`,
    );
  }
  await withBuiltApp(async (browser, url) => {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme });
    const page = await context.newPage();
    await page.addInitScript(() => localStorage.setItem("tempered.tour", "done"));
    await page.goto(`${url}index.html${hash}`);
    await page.waitForTimeout(SETTLE_MS);
    await page.screenshot({ path: out });
  });
});
