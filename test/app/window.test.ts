// What of a clip is looked at: chosen when it is given, changed on the timeline, restored by a link.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { figureShown, pickFile, withApp } from "../support/app.ts";

const open = withApp();
const PATCHES = "#v=1&encoder=raw-patches&frames=4";

const time = (page: Page) => page.getByRole("region", { name: "Timeline" }).getByRole("status").innerText();
const slider = (page: Page, name: string) => page.getByRole("slider", { name });
const value = async (page: Page, name: string) => Number(await slider(page, name).getAttribute("aria-valuenow"));

async function middleOf(page: Page, name: string) {
  const box = await slider(page, name).boundingBox();
  if (!box) throw new Error(`${name} is not on the page`);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

test("a film of two shots starts in one of them, says why, and a window across the cut says that", async () => {
  const { page, problems } = await open({ hash: PATCHES });
  await figureShown(page);
  await pickFile(page, "test/fixtures/video/cut.mp4");
  const note = page.getByTestId("chosen-window");
  await note.waitFor();
  expect(await note.innerText()).toMatch(/of shot [12] of 2, .*The query sits on/s);
  const [start, end] = [await value(page, "Window start"), await value(page, "Window end")];
  expect(start >= 1 || end <= 1.001).toBe(true);
  await expect.poll(() => page.url()).toMatch(/length=[\d.]+.*q=0\./);
  await figureShown(page);
  expect(await page.getByTestId("cut-note").count()).toBe(0);
  const chosen = new URL(page.url()).hash;

  await page.getByRole("button", { name: "Take the whole clip" }).click();
  await page.getByTestId("cut-note").first().waitFor();
  expect(await page.getByTestId("cut-note").first().innerText()).toContain("This window holds 2 shots.");
  expect(await page.locator("[data-cut]").count()).toBe(1);
  expect(await note.count()).toBe(0);
  await page
    .getByRole("button", { name: /^Keep to 0\.00–1\.00 s/ })
    .first()
    .click();
  await expect.poll(() => page.getByTestId("cut-note").count()).toBe(0);

  // A link restores what was chosen, and one without a window the whole clip, as it always did.
  const again = await open({ hash: chosen });
  await pickFile(again.page, "test/fixtures/video/cut.mp4");
  await figureShown(again.page);
  expect([await value(again.page, "Window start"), await value(again.page, "Window end")]).toEqual([start, end]);
  const whole = await open({ hash: chosen.replace(/&(start|length|q)=[^&]*/g, "") });
  await pickFile(whole.page, "test/fixtures/video/cut.mp4");
  await figureShown(whole.page);
  expect([await value(whole.page, "Window start"), await value(whole.page, "Window end")]).toEqual([0, 2]);
  expect(problems).toEqual([]);
});

test("the window follows the pointer, moves as a whole, and steps a frame by the keys; a click seeks", async () => {
  const { page, problems } = await open({ hash: "#v=1&encoder=raw-patches&frames=4&start=0.5&length=1" });
  await figureShown(page);
  await page.waitForSelector("section[aria-label=Timeline] canvas");
  expect(await time(page)).toMatch(/^0\.50 – 1\.50 s/);
  const strip = await page.getByTestId("strip").boundingBox();
  if (!strip) throw new Error("there is no strip");
  const at = (seconds: number) => strip.x + (seconds / 2) * strip.width;

  // An end, seen while it is dragged and set when it is let go.
  const grip = await middleOf(page, "Window end");
  await page.mouse.move(grip.x, grip.y);
  await page.mouse.down();
  await page.mouse.move(at(1.8), grip.y, { steps: 4 });
  expect(await time(page)).toMatch(/^0\.50 – 1\.80 s/);
  expect(await page.getByTestId("drag-preview").innerText()).toMatch(/^1\.80 s · frame 2[12]/);
  expect(page.url()).not.toContain("length=1.3");
  await page.mouse.up();
  await expect.poll(() => page.url()).toMatch(/start=0\.5&length=1\.(29|3)/);
  expect(await page.getByTestId("drag-preview").count()).toBe(0);

  // All of it, taken to the clip's beginning when that is near.
  await page.mouse.move(at(1), grip.y);
  await page.mouse.down();
  await page.mouse.move(at(0.51), grip.y, { steps: 4 });
  await page.mouse.up();
  await expect.poll(() => time(page)).toMatch(/^0\.00 – 1\.(29|30) s/);

  await slider(page, "Window start").focus();
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => value(page, "Window start")).toBeCloseTo(1 / 12, 3);
  await page.keyboard.press("Home");
  await expect.poll(() => value(page, "Window start")).toBe(0);

  // A click beside the grips shows that frame.
  await page.mouse.click(at(0.76), grip.y);
  await page.waitForFunction(() => {
    const video = document.querySelector<HTMLVideoElement>("video[aria-label='The clip']");
    return video !== null && Math.abs(video.currentTime - 0.76) < 0.05;
  });
  expect(await time(page)).toMatch(/^0\.00 – 1\.(29|30) s/);
  expect(await page.locator("[data-playhead]").isVisible()).toBe(true);

  await page.getByRole("button", { name: "Show less of the clip" }).click();
  await page.getByRole("button", { name: "Show less of the clip" }).click();
  const near = await middleOf(page, "Window end");
  expect(near.x).toBeGreaterThan(at(1.5));
  await page.getByRole("button", { name: "Show more of the clip" }).click();
  await page.getByRole("button", { name: "Show more of the clip" }).click();
  expect(await page.getByRole("button", { name: "Show more of the clip" }).isDisabled()).toBe(true);
  expect(problems).toEqual([]);
});

test("every third frame is that, and frames that are not evenly spaced are said not to be", async () => {
  const { page } = await open({ hash: "#v=1&encoder=raw-patches&frames=4&length=0.9" });
  await figureShown(page);
  await page.getByText(/The frames are not evenly spaced: 0\.17 to 0\.25 s apart/).waitFor();
  await page.getByLabel("Spacing").selectOption("every 3rd frame");
  await expect.poll(() => page.url()).toContain("stride=3");
  await expect.poll(() => page.getByText(/not evenly spaced/).count()).toBe(0);
  expect(await time(page)).toMatch(/^0\.00 – 1\.00 s/);
  expect(await page.getByLabel("Length, s").count()).toBe(0);
});
