// npm run screenshot -- HASH OUT.png [WIDTHxHEIGHT] [light|dark] [VIDEO]: what a link shows, as a picture. The README's and
// those of docs/ were made so. VIDEO is the file that a link with `clip=file:` asks for.
import { command, fail, inputFile, wholeOfEnv } from "./lib/command.mjs";
import { checkOutputs, writeWhole } from "./lib/output.mjs";

const USAGE = `usage: npm run screenshot -- "#v=1&tau=0.05" out.png [1440x900] [light|dark] [VIDEO]`;

/** Of a side: what every GPU can draw. */
const LARGEST = 8192;
/** The part of the page that is wanted; all of the window without it. */
const PART = process.env.TEMPERED_PART;

await command({ name: "screenshot", usage: USAGE, positionals: true }, async (_, given) => {
  const [hash, out, size = "1440x900", colorScheme = "dark", video] = given;
  const [width, height] = (/^(\d+)x(\d+)$/.exec(size) ?? []).slice(1).map(Number);
  const needs = (met, what, got) => met || fail(`${what}, got ${got === undefined ? "nothing" : `"${got}"`}; ${USAGE}`);
  needs(hash?.startsWith("#"), 'a link\'s part begins with "#"', hash);
  needs(out?.endsWith(".png"), "the picture is a .png", out);
  const fits = (side) => side >= 1 && side <= LARGEST;
  needs(fits(width) && fits(height), `a size is WIDTHxHEIGHT, each from 1 to ${LARGEST}`, size);
  needs(["light", "dark"].includes(colorScheme), "colours are light or dark", colorScheme);
  if (given.length > 5) fail(`5 arguments at most, got ${given.length}; ${USAGE}`);
  // Time for thumbnails, masks and losses on a software adapter.
  const settleMs = wholeOfEnv("TEMPERED_SETTLE_MS", 8000, 0, 600_000);
  checkOutputs({ out }, video === undefined ? [] : [inputFile(video, "a video")]);
  const { withBuiltApp } = await import("./lib/page.mjs");
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
    await page.waitForTimeout(settleMs);
    writeWhole(out, await (PART ? page.locator(PART) : page).screenshot());
  });
});
