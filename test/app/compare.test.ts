import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { figureShown, pickFile, spoken, withApp } from "../support/app.ts";

const open = withApp();

/** The table's value of a loss, once it is there. */
async function loss(page: Page, kind: string): Promise<string> {
  const cell = page.locator(`[data-loss=${kind}]`);
  await expect.poll(() => cell.innerText(), { timeout: 60_000 }).not.toBe("…");
  return cell.innerText();
}

// Raw patches against raw patches: no model, 4 frames, and a truth that needs no other program.
const SMALL = "view=compare&clip=discs&encoder=raw-patches&frames=4&q=0.4.2";

test("a student that is its own teacher has nothing to learn", async () => {
  const { page, problems } = await open({ hash: `#v=1&${SMALL}&tau=0.1` });
  await figureShown(page);
  expect(Math.abs(Number(await loss(page, "tsa")))).toBeLessThan(1e-5);
  expect(Math.abs(Number(await loss(page, "mtsa")))).toBeLessThan(1e-5);
  expect(await loss(page, "trd")).toBe("0");
  expect(Number(await loss(page, "repa"))).toBeCloseTo(-1, 2);
  expect(await spoken(page, "query frame 0, row 4, column 2")).toMatch(/teacher (frame 3.*); student \1$/);
  expect(problems).toEqual([]);
});

test("a frozen copy changes the losses, a hyper-parameter changes its own, and the link restores all of it", async () => {
  const { page, problems } = await open({ hash: `#v=1&${SMALL}&tau=0.1&spoilt=frozen` });
  await figureShown(page);
  const first = { tsa: await loss(page, "tsa"), trd: await loss(page, "trd") };
  expect(Number(first.tsa)).toBeGreaterThan(0.01);
  await page.getByRole("slider", { name: "τ" }).fill("300");
  await expect.poll(() => loss(page, "tsa"), { timeout: 60_000 }).not.toBe(first.tsa);
  expect(await loss(page, "trd")).toBe(first.trd);
  await page.getByRole("button", { name: "Figure …" }).click();
  await page.getByLabel("Its clip").selectOption("with noise");
  await expect.poll(() => page.url()).toContain("spoilt=noise");
  await page.getByRole("img", { name: /Loss against τ: TSA ends at/ }).waitFor({ timeout: 90_000 });
  // The figure that is composed stays what it was when it was begun, and Space is a letter of its caption.
  const composer = page.getByRole("dialog", { name: "A figure for a paper" });
  const caption = composer.getByRole("textbox", { name: "Caption" });
  await caption.press("End");
  await caption.pressSequentially(" as drawn");
  expect(await caption.inputValue()).toContain(" as drawn");
  expect(await page.locator("button[aria-label=Play]").count()).toBe(1);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    composer.getByRole("button", { name: "Save SVG" }).click(),
  ]);
  expect(readFileSync(await download.path(), "utf8").match(/<image [^>]*image\/jpeg/g)?.length).toBeGreaterThan(7);
  await composer.getByRole("button", { name: "Close" }).click();
  expect(problems).toEqual([]);
  const again = await open({ hash: new URL(page.url()).hash });
  await figureShown(again.page);
  expect(await again.page.getByLabel("Its clip").inputValue()).toBe("noise");
});

test("two token sizes meet on the finer grid, and the query moves there by keys", async () => {
  const { page } = await open({ hash: `#v=1&${SMALL}&student-token=8` });
  await figureShown(page);
  await spoken(page, "query frame 0, row 9, column 5");
  await page.getByRole("application").focus();
  await page.keyboard.press("ArrowLeft");
  await spoken(page, "query frame 0, row 9, column 4");
  await expect.poll(() => page.url()).toContain("q=0.4.2");
});

test("REPA says why it does not apply to sides of different channels", async () => {
  const { page } = await open({ hash: "#v=1&view=compare&clip=discs&frames=4" });
  await figureShown(page);
  expect(await loss(page, "repa")).toBe("–");
  await page.getByText("needs as many channels on both sides: 64 and 768").waitFor();
});

test("Bench measures this adapter by keyboard, its JSON can be copied, and what fails leaves it where it is", async () => {
  const { page, problems } = await open({
    hash: "#v=1&view=bench",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const focused = () => page.evaluate(() => document.activeElement?.textContent);
  const said = (part: string) => page.locator("[role=status]", { hasText: part }).waitFor({ state: "attached" });
  const quick = page.getByRole("button", { name: "Quick look (3 runs)" });
  await page.getByRole("button", { name: "Measure this GPU" }).press("Enter");
  await expect.poll(focused).toBe("Cancel");
  await page.keyboard.press("Enter");
  await said("stopped");
  expect(await focused()).toBe("Measure this GPU");
  const [worker] = page.workers();
  await worker.evaluate(() => {
    const post = self.postMessage.bind(self);
    // What it measures is kept, to be answered once more at the end.
    const postMessage = (message: { reply?: { peak?: object } | null }, transfer: Transferable[]) => {
      if (message.reply?.peak) Object.assign(self, { measured: message.reply });
      post(message, { transfer });
    };
    Object.assign(self, { postMessage });
  });
  await quick.press("Enter");
  await page.getByText(/Peak:/).waitFor({ timeout: 110_000 });
  await said("measured: peak");
  expect(await focused()).toBe("Quick look (3 runs)");
  await page.getByText(/the median of 3 runs by the adapter's timestamps/).waitFor();
  await page.getByRole("button", { name: "Copy as JSON" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  const result = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
  expect(result.peak.gflops).toBeGreaterThan(0);
  expect(result.losses.map(({ kind, form }: { kind: string; form: string }) => `${kind} ${form}`)).toContain(
    "mtsa tiled",
  );
  for (const { fresh, kept } of result.losses)
    for (const { median } of [fresh, kept]) expect(median).toBeGreaterThan(0);
  expect(result.scaling[0].exponent).toBeGreaterThan(0.5);
  const row = page.getByRole("button", { expanded: false }).first();
  await row.press("Enter");
  await page.getByRole("button", { expanded: true }).waitFor();

  // Its own failure: the clip of the other views and its settings are none of it.
  await worker.evaluate(() => {
    GPUDevice.prototype.createQuerySet = () => {
      throw new Error("no more queries");
    };
  });
  await quick.press("Enter");
  const failure = page.locator("[data-failure]");
  await failure.getByText("no more queries").first().waitFor();
  expect(await focused()).toBe("Quick look (3 runs)");
  expect(await failure.getByRole("button").allInnerTexts()).toEqual(["Reload the page", "Copy the report"]);
  expect(await page.getByRole("button", { name: "Measure again" }).isVisible()).toBe(true);
  // A clip that fails stands beside what was measured.
  await pickFile(page, "test/fixtures/video/empty.mp4");
  await page.locator("[data-failure=empty-file]").waitFor();
  expect(await page.getByText(/Peak:/).isVisible()).toBe(true);
  // Of the next result no copy was made.
  await page.getByRole("button", { name: "Copied" }).waitFor();
  await worker.evaluate(() => {
    const { measured: reply } = self as unknown as { measured: object };
    self.onmessage = ({ data: { id } }) => self.postMessage({ kind: "reply", id, reply }, []);
  });
  await quick.press("Enter");
  await page.getByRole("button", { name: "Copy as JSON" }).waitFor();
  expect(await page.locator("[data-failure=internal]").count()).toBe(0);
  expect(problems).toEqual([]);
});
