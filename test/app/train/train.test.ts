import { readFile } from "node:fs/promises";
import type { Download, Page } from "playwright-core";
import { expect, test } from "vitest";
import { figureShown, pressFile, savedBy, withApp } from "../../support/app.ts";

const open = withApp();

// XFeat features that ship with the clip: no model; a projector small enough for a software adapter.
const SMALL = "#v=1&view=train&clip=discs&hidden=16.16.16&lr=0.003";

const press = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true }).click();

/** Waits for the run under way to be in a state, and gives the step it is at. */
async function reaches(page: Page, status: string): Promise<number> {
  const line = page.locator(`[data-testid=train-status][data-status=${status}]`);
  await line.waitFor({ timeout: 60_000 });
  return Number(await line.getAttribute("data-step"));
}

async function textOf(download: Download): Promise<string> {
  return readFile(await download.path(), "utf8");
}

const runOf = async (page: Page) => JSON.parse(await textOf(await savedBy(page, "Run JSON")));

interface WakeLocks {
  taken: number;
  released: number;
}

/** A screen of its own for the page: headless Chromium has none to keep awake. */
const countWakeLocks = (page: Page) =>
  page.addInitScript(() => {
    const locks = { taken: 0, released: 0 };
    const request = () => {
      locks.taken++;
      return Promise.resolve({ release: () => Promise.resolve(locks.released++) });
    };
    Object.defineProperty(navigator, "wakeLock", { value: { request } });
    Object.assign(globalThis, { wakeLocks: locks });
  });

const wakeLocks = (page: Page) => page.evaluate(() => (globalThis as unknown as { wakeLocks: WakeLocks }).wakeLocks);

const stepsOf = (run: { steps: { step: number }[] }) => run.steps.map(({ step }) => step);
const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

test("a run steps, resumes and learns; its files say so, its past can be scrubbed, and its projector goes on", async () => {
  const { page, problems } = await open({ hash: `${SMALL}&steps=10`, prepare: countWakeLocks });
  await figureShown(page);
  expect(await page.getByTestId("estimate").innerText()).toMatch(/MB of GPU memory/);
  for (const step of [1, 2]) {
    await press(page, "One step");
    await expect.poll(() => reaches(page, "paused")).toBe(step);
  }
  expect(await wakeLocks(page)).toEqual({ taken: 0, released: 0 });
  await press(page, "Resume");
  expect(await reaches(page, "done")).toBe(10);
  await expect.poll(() => wakeLocks(page)).toEqual({ taken: 1, released: 1 });

  const run = await runOf(page);
  expect(run.recipe.hidden).toEqual([16, 16, 16]);
  expect(stepsOf(run)).toEqual(upTo(10));
  expect(run.steps[9].loss).toBeLessThan(run.steps[0].loss);
  expect([run.agreement[0].step, run.agreement.at(-1).step]).toEqual([0, 10]);
  expect(run.agreement.at(-1).held).toBeGreaterThan(run.agreement[0].held);
  expect((await textOf(await savedBy(page, "Curves CSV"))).trim().split("\n")).toHaveLength(12);
  expect(await textOf(await savedBy(page, "Charts SVG"))).toMatch(/^<svg .*<polyline.*unseen frames<\/text>/s);
  const png = await readFile(await (await savedBy(page, "Charts PNG")).path());
  expect(png.subarray(1, 4).toString()).toBe("PNG");
  // 85 mm at 300 dots an inch, one chart above the other.
  expect(png.readUInt32BE(16)).toBe(1004);

  const scrub = page.getByRole("slider", { name: "Step on show" });
  await scrub.fill("5");
  await page.getByText(/^step 5 · loss/).waitFor();
  await page.getByText("step 5", { exact: true }).waitFor();
  await press(page, "Latest");
  await page.getByText(/^step 10 · loss/).waitFor();
  await page.getByRole("img", { name: /^Loss: / }).hover({ position: { x: 100, y: 60 } });
  await expect.poll(() => scrub.inputValue()).not.toBe("10");

  const path = await (await savedBy(page, "Projector")).path();
  await page.getByLabel("Steps", { exact: true }).fill("1");
  await page.keyboard.press("Enter");
  const choose = async (name: string, bytes: Buffer) => {
    const [chooser] = await Promise.all([page.waitForEvent("filechooser"), pressFile(page, "Open a checkpoint …")]);
    await chooser.setFiles({ name, mimeType: "", buffer: bytes });
  };
  await choose("words.safetensors", Buffer.from("these are words"));
  await page.getByText(/“words.safetensors” is no checkpoint of Train: the header claims/).waitFor();
  await choose("p.safetensors", await readFile(path));
  await page.locator("[data-testid=train-status][data-status=done][data-step='11']").waitFor({ timeout: 60_000 });
  expect(problems).toEqual([]);
}, 180_000);

test("a sweep runs one after another, and the rest can be cancelled", async () => {
  const { page } = await open({ hash: `${SMALL}&steps=1` });
  await figureShown(page);
  await press(page, "Sweep τ");
  const done = page.locator("[data-testid=runs] tbody tr[data-status=done] th");
  await expect.poll(() => done.count(), { timeout: 90_000 }).toBeGreaterThan(1);
  expect((await done.allInnerTexts()).slice(0, 2)).toEqual(["TSA, τ 1", "TSA, τ 0.2"]);
  await press(page, "Cancel the rest");
  await page.getByText(/run \d of 6/).waitFor({ state: "detached" });
  // A run that is put away takes both of its curves with it; all runs name one of them alike.
  const agreement = page.getByRole("img", { name: /^Agrees with the teacher/ }).locator("polyline");
  const drawn = page.getByTestId("runs").getByRole("checkbox", { checked: true });
  // The run that was under way goes on to its end, and is drawn then: curves and runs are counted together.
  const strays = async () => (await agreement.count()) - 2 * (await drawn.count());
  await expect.poll(strays).toBe(0);
  await drawn.first().uncheck();
  await expect.poll(strays).toBe(0);
}, 180_000);

test("a run survives a reload, a full disk and a second tab", async () => {
  const { page, problems } = await open({ hash: `${SMALL}&steps=4` });
  await figureShown(page);
  await press(page, "One step");
  await page.getByText("saved at step 1").waitFor({ timeout: 60_000 });

  const second = await page.context().newPage();
  await second.goto(page.url());
  await figureShown(second);
  await press(second, "Start");
  await second.getByText(/Another tab is training/).waitFor();
  await second.close();

  await page.evaluate(() => {
    FileSystemFileHandle.prototype.createWritable = () =>
      Promise.reject(new DOMException("no room", "QuotaExceededError"));
  });
  await press(page, "One step");
  await page.getByText(/The disk has no room.*the save of step 1 is kept/).waitFor();

  await page.reload();
  await figureShown(page);
  await press(page, "Resume at step 1");
  expect(await reaches(page, "done")).toBe(4);
  expect(stepsOf(await runOf(page))).toEqual(upTo(4));
  expect(problems).toEqual([]);
}, 180_000);

test("the keyboard's focus stays on the button that was pressed, and on what learns when that is changed", async () => {
  const student =
    "s-start=random&s-width=32&s-depth=1&s-heads=1&s-task=bounce&s-clips=2&s-batch=1&s-samples=0&s-over=tau&s-values=1,0.2";
  const { page, problems } = await open({ hash: `${SMALL}&steps=3000&${student}&s-teacher=world&s-steps=300` });
  await figureShown(page);
  const focused = () => page.evaluate(() => document.activeElement?.textContent);
  await page.getByRole("button", { name: "Start", exact: true }).press("Enter");
  await reaches(page, "running");
  await expect.poll(focused).toBe("Pause");
  await page.keyboard.press("Enter");
  await reaches(page, "paused");
  expect(await focused()).toBe("Resume");

  const learns = () => page.evaluate(() => (document.activeElement as HTMLSelectElement | null)?.value);
  await page.getByLabel("Trains").focus();
  await page.keyboard.press("ArrowDown");
  await page.getByRole("heading", { name: "Nothing learns yet" }).waitFor();
  expect(await learns()).toBe("student");

  // What is planned is seen where it is typed, also where that is taken back.
  const values = page.getByLabel("Values", { exact: true });
  const before = await values.inputValue();
  await values.fill("1, 0.5");
  await page.getByRole("heading", { name: "Nothing learns yet" }).click();
  await page.keyboard.press("ControlOrMeta+z");
  await expect.poll(() => values.inputValue()).toBe(before);

  await page.getByRole("button", { name: "Plan these arms" }).click();
  await page.getByRole("button", { name: "Start the plan" }).press("Enter");
  expect(await focused()).toBe("Cancel the rest");
  await page.keyboard.press("Enter");
  await page
    .locator("[data-testid=plan-status][data-status=planned], [data-testid=plan-status][data-status=paused]")
    .waitFor();
  expect(await focused()).toMatch(/^(Start the plan|Go on with the plan)$/);
  expect(problems).toEqual([]);
}, 120_000);

test("a run of a simulated clip is resumed from another clip: its sentence and seed make it again", async () => {
  const clip = "sandbox%3A7%3Aa+large+red+ball+hits+a+small+blue+ball";
  const recipe = "hidden=16.16.16&steps=3&frames=4&encoder=raw-patches&loss=mtsa&loss-tau=0.1";
  const { page, problems } = await open({ hash: `#v=1&view=train&clip=${clip}&${recipe}` });
  await figureShown(page);
  await press(page, "One step");
  await page.getByText("saved at step 1").waitFor({ timeout: 60_000 });
  await page.goto(page.url().replace(/#.*/, "#v=1&view=train&clip=discs&frames=4&encoder=raw-patches"));
  await page.reload();
  await figureShown(page);
  await press(page, "Resume at step 1");
  expect(await reaches(page, "done")).toBe(3);
  expect(page.url()).toContain(`clip=${clip}`);
  const run = await textOf(await savedBy(page, "Run JSON"));
  expect(stepsOf(JSON.parse(run))).toEqual(upTo(3));
  // What scale/train.py is tested with, byte for byte; in a run, its origin stands before it, and data and curves follow.
  const scale = (await readFile("test/fixtures/recipe.json", "utf8")).replace(/^\{/, "").replace(/\n\}\n$/, ",");
  expect(run).toMatch(/^\{\n "provenance": \{/);
  expect(run).toContain(`\n },${scale}`);
  expect(problems).toEqual([]);
}, 180_000);

test("an absurd learning rate is told before the start", async () => {
  const { page } = await open({ hash: "#v=1&view=train&lr=5" });
  await page.getByText(/overshoots and may end in NaN/).waitFor();
});
