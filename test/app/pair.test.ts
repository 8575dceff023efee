// The pair of the paper, small: our VideoMAE teaches, our CogVideoX learns, on a simulated clip at a chosen noise and block.
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { figureShown, savedBy, spoken, withApp } from "../support/app.ts";
import { axeFaults } from "../support/axe.ts";

const open = withApp();
const CLIP = "clip=sandbox%3A7%3Aa+large+red+ball+hits+a+small+blue+ball";

/** The table's value of a loss, once it is there. */
async function loss(page: Page, kind: string): Promise<string> {
  const cell = page.locator(`[data-loss=${kind}]`);
  await expect.poll(() => cell.innerText(), { timeout: 60_000 }).not.toBe("…");
  return cell.innerText();
}

/** All values of the table together: one alone may happen to read the same after a change. */
async function table(page: Page): Promise<string> {
  const read = () => page.locator("[data-loss]").allInnerTexts();
  await expect.poll(read, { timeout: 60_000 }).not.toContain("…");
  return (await read()).join();
}

const layers = (page: Page) => page.getByRole("region", { name: "Where the student sees motion" });

/** Where the student sees motion, block by block; a row shows its block. */
async function allBlocks(page: Page): Promise<void> {
  const aligned = await loss(page, "tsa");
  await layers(page).getByRole("button", { name: "Measure all blocks" }).press("Enter");
  const row = (name: string) => layers(page).getByRole("row").filter({ hasText: name });
  const cells = async (name: string) => {
    await expect.poll(() => row(name).innerText(), { timeout: 60_000 }).toMatch(/\d\s*$/);
    return row(name).getByRole("cell").allInnerTexts();
  };
  expect((await cells("block 4, aligned"))[0]).toBe(aligned);
  const [sixth] = await cells("block 6");
  expect((await cells("teacher")).slice(0, 2)).toEqual(["–", "–"]);
  await layers(page).getByRole("button", { name: "block 6" }).press("Enter");
  await expect.poll(() => page.url()).toContain("block=6");
  await expect.poll(() => loss(page, "tsa"), { timeout: 60_000 }).toBe(sixth);
  // They are of this noise still, and no longer once it changes.
  expect((await cells("block 4, aligned"))[0]).toBe(aligned);
  await page.getByRole("button", { name: "Other noise" }).click();
  await layers(page).getByRole("button", { name: "Measure all blocks" }).waitFor();
  await loss(page, "tsa");
  for (const [colorScheme, width] of [
    ["dark", 390],
    ["light", 1440],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    expect(await axeFaults(page)).toEqual([]);
  }
}

test("one click pairs them; all blocks are measured on demand; noise and block change what is seen, by keyboard; the link and the file say so", async () => {
  const { page, problems } = await open({ hash: `#v=1&view=compare&encoder=raw-patches&frames=4&${CLIP}` });
  await figureShown(page);
  await page.getByRole("button", { name: "Teacher and student of the sandbox" }).click();
  await expect.poll(() => new URL(page.url()).hash).toMatch(/encoder=videomae.*tau=0\.1.*student=cogvideox/);
  await page.getByText("It reads the clip's sentence, “a large red ball hits a small blue ball”.").waitFor();
  await page.getByText("our CogVideoX looks at 4 frames at a time").waitFor();
  // Both sides have 192 channels, so nothing is projected.
  expect(await loss(page, "repa")).toMatch(/^-?\d/);
  expect(await page.getByRole("button", { name: "Teacher and student of the sandbox" }).count()).toBe(0);

  await allBlocks(page);

  await page.getByLabel("Layer").selectOption({ label: "block 4, aligned" });
  const at250 = await table(page);
  // The next marked level after 250.
  await page.getByRole("slider", { name: "noise level t" }).press("PageUp");
  await page.getByText("What it is shown: 10 % clip, 90 % noise").waitFor();
  await expect.poll(() => table(page), { timeout: 60_000 }).not.toBe(at250);
  const at500 = await table(page);
  await page.getByLabel("Layer").selectOption("block 1");
  await expect.poll(() => table(page), { timeout: 60_000 }).not.toBe(at500);
  await page.getByLabel("First 4 frames without noise").check();
  await page.getByRole("spinbutton", { name: "Noise seed" }).fill("5");
  await page.keyboard.press("Enter");
  await expect.poll(() => new URL(page.url()).hash).toMatch(/t=500&block=1&given=1&noise=5(?!\d)/);
  await spoken(page, "student frame");

  const again = await open({ hash: new URL(page.url()).hash });
  await figureShown(again.page);
  const restored = await loss(again.page, "tsa");
  await expect.poll(() => loss(page, "tsa"), { timeout: 60_000 }).toBe(restored);

  const saved = await savedBy(again.page, "JSON");
  const numbers = JSON.parse(readFileSync(await saved.path(), "utf8"));
  expect(numbers).toMatchObject({
    teacher: { encoder: "videomae" },
    student: { encoder: "cogvideox", noising: { t: 500, block: 1, given: true, seed: 5 } },
    prompt: "a large red ball hits a small blue ball",
  });
  expect([...problems, ...again.problems]).toEqual([]);
});

test("a video is squeezed, the page says so, and the student reads an empty sentence", async () => {
  const { page, problems } = await open({
    hash: "#v=1&view=compare&encoder=videomae&student=cogvideox&tau=0.1&clip=discs",
  });
  await figureShown(page);
  await page.getByText("our CogVideoX was trained on the sandbox and is measured there alone").waitFor();
  await page.getByText("This clip has no sentence of the sandbox, so it reads an empty one").waitFor();
  expect(Number(await loss(page, "tsa"))).toBeGreaterThan(0);
  expect(problems).toEqual([]);
});
