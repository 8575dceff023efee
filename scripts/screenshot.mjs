// npm run screenshot -- HASH OUT.png [WIDTHxHEIGHT] [light|dark] [VIDEO]: what a link shows, as a picture. The README's and
// those of docs/ were made so. VIDEO is the file that a link with `clip=file:` asks for.
import { ensureInstalled } from "./lib/run.mjs";

ensureInstalled();
const { main, UsageError, withBuiltApp } = await import("./lib/page.mjs");

/** Time for thumbnails, masks and losses on a software adapter. */
const SETTLE_MS = Number(process.env.TEMPERED_SETTLE_MS ?? 8000);
/** The part of the page that is wanted; all of the window without it. */
const PART = process.env.TEMPERED_PART;

await main(async () => {
  const [hash, out, size = "1440x900", colorScheme = "dark", video] = process.argv.slice(2);
  const [width, height] = size.split("x").map(Number);
  if (!out?.endsWith(".png") || !(width > 0 && height > 0) || !["light", "dark"].includes(colorScheme)) {
    throw new UsageError(
      `usage: npm run screenshot -- "#v=1&tau=0.05" out.png [1440x900] [light|dark] [VIDEO], got ${process.argv.slice(2).join(" ")}`,
    );
  }
  await withBuiltApp(async (browser, url) => {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme });
    const page = await context.newPage();
    await page.addInitScript(() => localStorage.setItem("tempered.tour", "done"));
    await page.goto(`${url}index.html${hash}`);
    if (video) {
      await page.getByRole("button", { name: /^Clip:/ }).click();
      const chooser = page.waitForEvent("filechooser");
      await page.getByRole("button", { name: "Open a video …" }).click();
      await (await chooser).setFiles(video);
    }
    await page.waitForTimeout(SETTLE_MS);
    await (PART ? page.locator(PART) : page).screenshot({ path: out });
  });
});
