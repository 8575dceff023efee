// Simulated clips in the app: by picture, by sentence, by link and by file; their truth beside the encoder's belief.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { clipFile } from "../../src/shell/clip_file.ts";
import { createWorld } from "../../src/world/world.ts";
import { dropFile, figureShown, spoken, statusText, withApp } from "../support/app.ts";
import { axeFaultsInBothThemes } from "../support/axe.ts";

const open = withApp();
const LINK = "#v=1&encoder=raw-patches&frames=4&clip=sandbox%3A7%3Aa+large+red+ball+hits+a+small+blue+ball";

const menu = (page: Page) => page.getByRole("button", { name: /^Clip:/ });

test("a picture opens its clip; the link restores it, with its truth", async () => {
  const { page, problems } = await open({ hash: "#v=1&encoder=raw-patches&frames=4" });
  await figureShown(page);
  await menu(page).click();
  const collide = page.getByRole("button", { name: "collide" });
  await collide.locator("canvas").waitFor();
  await collide.click();
  await expect.poll(() => page.url()).toMatch(/clip=sandbox%3A1%3Aa\+/);
  await expect.poll(() => statusText(page)).toContain("4 frames 256×256, 4×16×16 tokens");
  const link = new URL(page.url()).hash;
  const name = await menu(page).getAttribute("aria-label");
  expect(name).toMatch(/^Clip: a .* ball hits .*, seed 1$/);

  const again = await open({ hash: link });
  await figureShown(again.page);
  expect(await menu(again.page).getAttribute("aria-label")).toBe(name);
  await again.page.getByLabel("Truth").check();
  await again.page.getByText("This clip is simulated.").waitFor();
  const [best, , moved] = await again.page
    .getByRole("row")
    .filter({ has: again.page.getByRole("cell", { name: "3", exact: true }) })
    .getByRole("cell")
    .allInnerTexts()
    .then((cells) => cells.slice(1).map(Number));
  // Pixels find most of what stands still, and of what moved far less (0.80 and 0.00 here).
  expect(best).toBeGreaterThan(0.6);
  expect(moved).toBeLessThan(best);
  expect([...problems, ...again.problems]).toEqual([]);
});

test("a sentence is typed under the eye of the grammar, by keyboard alone", async () => {
  const { page } = await open({ hash: LINK });
  await figureShown(page);
  await menu(page).focus();
  await page.keyboard.press("Enter");
  const sentence = page.getByLabel("Sentence");
  await sentence.focus();
  await page.keyboard.press("Control+A");
  await page.keyboard.type("a small pink ball bounces on the floor");
  await page.getByText(/^"pink" \(word 3\) is not a word of the sandbox: here may stand red/).waitFor();
  expect(await sentence.getAttribute("aria-invalid")).toBe("true");
  expect(await axeFaultsInBothThemes(page, { within: "#clip-menu" })).toEqual([]);
  const before = page.url();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "green", exact: true }).focus();
  await page.keyboard.press("Enter");
  expect(await sentence.inputValue()).toBe("a small green ball bounces on the floor");
  await expect.poll(() => sentence.getAttribute("aria-invalid")).toBe("false");
  expect(page.url()).toBe(before);
  await page.keyboard.press("Enter");
  await expect.poll(() => page.url()).toContain("sandbox%3A7%3Aa+small+green+ball+bounces+on+the+floor");
  await page.getByRole("spinbutton", { name: "Seed" }).fill("12");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.url()).toContain("sandbox%3A12%3Aa+small+green");
  await page.getByRole("button", { name: "Re-roll" }).click();
  await expect.poll(() => page.url()).not.toContain("sandbox%3A12%3A");
  await expect
    .poll(() => menu(page).getAttribute("aria-label"))
    .toMatch(/green ball bounces on the floor, seed (?!12$)\d+$/);
});

test("a link with another sentence says what is wrong and where to go on", async () => {
  const { page } = await open({ hash: "#v=1&encoder=raw-patches&frames=4&clip=sandbox%3A7%3Aa+cat" });
  const panel = page.locator("[data-failure]");
  await panel.waitFor();
  expect(await panel.getAttribute("data-failure")).toBe("sandbox-prompt");
  expect(await panel.innerText()).toContain('"cat" (word 2) is not a word of the sandbox');
  await page.getByRole("button", { name: "Choose another clip …" }).click();
  await page.getByRole("button", { name: "float" }).click();
  await figureShown(page);
  await expect.poll(() => page.url()).toContain("floats");
});

test("a dropped file of the sandbox opens; one that is broken says so", async () => {
  const { page } = await open({ hash: "#v=1&encoder=raw-patches&frames=4" });
  await figureShown(page);
  const { makeClip } = await createWorld();
  const bytes = clipFile(makeClip("a large red ball hits a small blue ball", 7));
  await dropFile(page, "mine.safetensors", bytes);
  await page.getByRole("button", { name: "Clip: mine.safetensors" }).waitFor();
  await page.getByText("This clip is simulated.").waitFor();
  await dropFile(page, "cut.safetensors", bytes.slice(0, 9000));
  const panel = page.locator("[data-failure=clip-file]");
  await panel.waitFor();
  expect(await panel.innerText()).toContain("cut short");
  await page.getByRole("button", { name: "Back to “mine.safetensors”" }).click();
  await figureShown(page);
});

test("Compare and Train take a simulated clip too", async () => {
  const { page, problems } = await open({ hash: `${LINK}&view=compare&student-token=8` });
  await figureShown(page);
  await spoken(page, "teacher frame");
  await page.getByRole("button", { name: "Train" }).click();
  await figureShown(page);
  expect(problems).toEqual([]);
});
