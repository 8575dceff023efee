// Features of the user's own, as the user meets them: dropped, asked about, looked at in every view, exported again and linked to.
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { parseSafetensors, type Tensor, tensorOf, writeSafetensors } from "../../src/formats/safetensors.ts";
import { dropFile, figureShown, savedBy, withApp } from "../support/app.ts";

const open = withApp();
const PATCHES = "#v=1&encoder=raw-patches&frames=4";
const noise = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i * i * 0.7 + i));
const f32 = (shape: readonly number[]): Tensor => ({
  dtype: "F32",
  shape,
  data: noise(shape.reduce((a, b) => a * b)),
});

const status = (page: Page) => page.locator("footer");
const encoderMenu = (page: Page) => page.getByRole("region", { name: /encoder sees|Teacher/ }).getByLabel("Encoder");

/** Waits until the features that are on the stage are the user's own, of this many tokens. */
const shown = (page: Page, tokens: string) =>
  status(page).filter({ hasText: tokens }).filter({ hasText: "features of your own file" }).waitFor();

async function exported(page: Page) {
  const download = await savedBy(page, "Features");
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

test("out and in again, by the link too, and as a block of space and time", async () => {
  const { page, problems } = await open({ hash: PATCHES });
  await figureShown(page);
  const first = await exported(page);

  await dropFile(page, first.name, first.bytes);
  await shown(page, "4×");
  const second = await exported(page);
  const [before, after] = [first.bytes, second.bytes].map((bytes) => parseSafetensors(bytes));
  const bitsOf = (file: typeof before) => Buffer.from(tensorOf(file, "features", "F32").data.buffer);
  expect(bitsOf(after).equals(bitsOf(before))).toBe(true);
  expect(after.metadata.frame_times_s).toBe(before.metadata.frame_times_s);

  await expect.poll(() => page.url()).toMatch(/encoder=features%3A[0-9a-f]{16}%3A4x\d+x\d+%3A0%3Araw-patches/);
  const link = page.url();
  await page.goto("about:blank");
  await page.goto(link);
  const panel = page.locator("[data-failure=features-missing]");
  await panel.waitFor();
  expect(await panel.innerText()).toMatch(/“raw-patches” \(4×.*drop the same file here/);
  await dropFile(page, "under another name.safetensors", first.bytes);
  await shown(page, "4×");
  expect(await panel.count()).toBe(0);

  await page.getByRole("button", { name: "Space-time", exact: true }).click();
  await page.waitForSelector("[data-testid=space-time][data-renders]", { timeout: 60_000 });

  expect(problems).toEqual([]);
});

test("a file that says little is asked about once, and a file with frames is a whole view", async () => {
  const { page, problems } = await open({ hash: PATCHES });
  await figureShown(page);
  const share = page.getByRole("button", { name: "Share, cite" });
  await share.focus();
  await dropFile(page, "quiet.safetensors", writeSafetensors({ features: f32([4, 96, 4]) }));
  const dialog = page.getByRole("dialog", { name: "What “quiet.safetensors” does not say" });
  await dialog.waitFor();
  expect(await dialog.getByLabel("Grid of 96 tokens").inputValue()).toBe("8×12");
  await dialog.getByLabel("Grid of 96 tokens").selectOption("6×16");
  await dialog.getByLabel("Name").fill("mine");
  await dialog.getByRole("button", { name: "Use them" }).click();
  await shown(page, "4×6×16");
  // The dialog gives the focus back, accepted as well as left.
  expect(await share.evaluate((button) => button === document.activeElement)).toBe(true);
  expect(await encoderMenu(page).locator("option:checked").innerText()).toBe("mine");

  // In Compare a second file becomes the student, in Train it is what the student may learn from.
  await page.getByRole("navigation").getByRole("button", { name: "Compare" }).click();
  const layers = { "features.layer 3": f32([4, 3, 4, 5]), "features.layer 9": f32([4, 6, 8, 5]) };
  const vit = writeSafetensors(layers, { frame_times_s: "0,0.5,1,1.5", name: "my ViT" });
  await dropFile(page, "vit.safetensors", vit);
  const student = page.getByRole("region", { name: "Student" });
  await expect.poll(() => student.getByLabel("Encoder").inputValue()).toMatch(/my ViT, layer 3$/);
  await student.getByRole("button", { name: "Next layer" }).click();
  await expect.poll(() => student.getByLabel("Encoder").inputValue()).toMatch(/my ViT, layer 9$/);
  expect(await student.innerText()).toMatch(/2 of 2/);
  await expect.poll(() => page.url()).toMatch(/student=features/);
  await page.getByTestId("figure-layers").waitFor({ state: "attached" });
  await page.getByRole("navigation").getByRole("button", { name: "Train" }).click();
  await page.getByLabel("Student learns from").selectOption({ label: "my ViT, layer 9" });
  await page.getByRole("button", { name: "One step" }).click();
  await page.getByTestId("runs").locator("tbody tr").waitFor();
  expect(await page.locator("[data-failure]").count()).toBe(0);
  await page.getByRole("navigation").getByRole("button", { name: "Explore" }).click();

  const frames: Tensor = {
    dtype: "U8",
    shape: [24, 80, 120, 3],
    data: Uint8Array.from({ length: 24 * 80 * 120 * 3 }, (_, i) => (i * 7 + (i >> 9)) % 256),
  };
  const whole = writeSafetensors({ features: f32([24, 10, 15, 768]), frames }, { fps: "8", name: "block 18" });
  const started = performance.now();
  await dropFile(page, "view.safetensors", whole);
  await shown(page, "24×10×15");
  await figureShown(page);
  console.info(`24×10×15×768 with its frames, from drop to heatmap: ${Math.round(performance.now() - started)} ms`);
  await page.getByRole("button", { name: "Clip: view.safetensors" }).waitFor();

  await dropFile(page, "broken.safetensors", writeSafetensors({ features: f32([2, 2, 2, 3, 4]) }));
  const panel = page.locator("[data-failure=features-file]");
  await panel.waitFor();
  expect(await panel.innerText()).toMatch(/broken.safetensors: .*2 clips in front.*write features\[0\]/s);
  await panel.getByRole("button", { name: "Use XFeat" }).click();
  await expect.poll(() => encoderMenu(page).inputValue()).toBe("xfeat");
  expect(problems).toEqual([]);
});
