import { readFile } from "node:fs/promises";
import type { Download, Page } from "playwright-core";
import { expect, test } from "vitest";
import { figureShown, withApp } from "../support/app.ts";

const open = withApp();

// Raw patches as their own teacher: no model; a projector small enough for a software adapter.
const SMALL = "#v=1&view=train&clip=discs&encoder=raw-patches&frames=8&hidden=16.16.16&lr=0.003";

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

/** What a button saves. */
async function saved(page: Page, name: string): Promise<Download> {
  const [download] = await Promise.all([page.waitForEvent("download"), press(page, name)]);
  return download;
}

const runOf = async (page: Page) => JSON.parse(await textOf(await saved(page, "Run JSON")));

test("a run starts, pauses, steps, resumes and ends with a lower loss, and its files say so", async () => {
  const { page, problems } = await open({ hash: `${SMALL}&steps=40` });
  await figureShown(page);
  await page.getByTestId("estimate").waitFor();
  expect(await page.getByTestId("estimate").innerText()).toMatch(/MB of GPU memory/);

  await press(page, "One step");
  await expect.poll(() => reaches(page, "paused")).toBe(1);
  await press(page, "One step");
  await expect.poll(() => reaches(page, "paused")).toBe(2);
  await press(page, "Resume");
  expect(await reaches(page, "done")).toBe(40);

  const run = await runOf(page);
  expect(run.recipe.hidden).toEqual([16, 16, 16]);
  expect(run.steps.map(({ step }: { step: number }) => step)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
  expect(run.steps[39].loss).toBeLessThan(run.steps[0].loss);
  expect(run.agreement[0].step).toBe(0);
  expect(run.agreement.at(-1).step).toBe(40);
  const csv = (await textOf(await saved(page, "CSV"))).trim().split("\n");
  expect(csv).toHaveLength(41);
  expect(await textOf(await saved(page, "Charts SVG"))).toMatch(/^<svg .*<polyline/s);
  expect(problems).toEqual([]);
});

test("the crosshair shows the student as it was", async () => {
  const { page } = await open({ hash: `${SMALL}&steps=20` });
  await figureShown(page);
  await press(page, "Start");
  await reaches(page, "done");
  const scrub = page.getByRole("slider", { name: "Step on show" });
  await scrub.fill("5");
  await page.getByText(/^step 5 · loss/).waitFor();
  await press(page, "Latest");
  await page.getByText(/^step 20 · loss/).waitFor();
  const chart = page.getByRole("img", { name: /^Loss: / });
  await chart.hover({ position: { x: 60, y: 60 } });
  await expect.poll(() => scrub.inputValue()).not.toBe("20");
});

test("after a reload the page offers to resume, and the run goes on from its last checkpoint", async () => {
  const { page, problems } = await open({ hash: `${SMALL}&steps=30` });
  await figureShown(page);
  for (let i = 0; i < 3; i++) {
    await press(page, "One step");
    await expect.poll(() => reaches(page, "paused")).toBe(i + 1);
  }
  await press(page, "Resume");
  await press(page, "Pause");
  const at = await reaches(page, "paused");
  await page.getByText(`saved at step ${at}`).waitFor();
  await page.reload();
  await figureShown(page);
  await press(page, `Resume at step ${at}`);
  expect(await reaches(page, "done")).toBe(30);
  const { steps } = await runOf(page);
  expect(steps.map(({ step }: { step: number }) => step)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
  expect(problems).toEqual([]);
});

test("an exported projector opens elsewhere and goes on", async () => {
  const { page } = await open({ hash: `${SMALL}&steps=6` });
  await figureShown(page);
  await press(page, "Start");
  await reaches(page, "done");
  const path = await (await saved(page, "Projector")).path();

  const other = await open({ hash: "#v=1&encoder=raw-patches&frames=4&view=train&steps=5" });
  await figureShown(other.page);
  const [chooser] = await Promise.all([
    other.page.waitForEvent("filechooser"),
    press(other.page, "Open a checkpoint …"),
  ]);
  await chooser.setFiles({ name: "p.safetensors", mimeType: "", buffer: await readFile(path) });
  expect(await reaches(other.page, "done")).toBe(11);
  expect(other.page.url()).toContain("clip=discs");
});

test("several runs follow one another from one click, and the rest can be cancelled", async () => {
  const { page } = await open({ hash: `${SMALL}&steps=4` });
  await figureShown(page);
  await press(page, "Compare the four losses");
  const rows = page.locator("[data-testid=runs] tbody tr[data-status=done]");
  await expect.poll(() => rows.count(), { timeout: 60_000 }).toBe(4);
  expect((await rows.locator("th").allInnerTexts()).map((name) => name.split(",")[0])).toEqual([
    "TSA",
    "M-TSA",
    "TRD",
    "REPA",
  ]);
  await press(page, "Sweep τ");
  await press(page, "Cancel the rest");
  await page.getByText(/run \d of 6/).waitFor({ state: "detached" });
});

test("a second tab is told that the first one trains", async () => {
  const { page } = await open({ hash: `${SMALL}&steps=1000` });
  await figureShown(page);
  await press(page, "Start");
  await reaches(page, "running");
  const second = await page.context().newPage();
  await second.goto(page.url());
  await figureShown(second);
  await press(second, "Start");
  await second.getByText(/Another tab is training/).waitFor();
});

test("an absurd learning rate ends in a sentence, and the last good state is kept", async () => {
  const { page } = await open({ hash: `${SMALL}&steps=200&lr=10&loss=repa` });
  await figureShown(page);
  await page.getByText(/overshoots and may end in NaN/).waitFor();
  await press(page, "Start");
  await expect
    .poll(() => page.locator("[data-testid=train-status]").getAttribute("data-status"), { timeout: 60_000 })
    .toMatch(/done|failed/);
  if ((await page.locator("[data-testid=train-status]").getAttribute("data-status")) === "failed") {
    expect(await page.getByTestId("train-notice").innerText()).toMatch(/./);
  }
});
