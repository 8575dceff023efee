// Every file of numbers that leaves the page says where its numbers come from: all buttons of all views are walked.
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { parseCsv } from "../../src/formats/csv.ts";
import { parseSafetensors } from "../../src/formats/safetensors.ts";
import { figureShown, pressFile, withApp } from "../support/app.ts";

const open = withApp();

/** Their numbers go to nobody: pictures, models and what opens a file. */
const NO_NUMBERS = /PNG|SVG|PDF|Figure|Charts|Overlay|GLB|Turntable|Open |Projector|Files/;

/** What each button of the Export section and of its menu saves, by the file's name. */
async function walked(page: Page): Promise<Map<string, Buffer>> {
  const section = page.getByRole("region", { name: "Export", exact: true });
  await section.getByRole("button", { name: "Files", exact: true }).click();
  const names = (await section.getByRole("button").allInnerTexts()).filter((name) => !NO_NUMBERS.test(name));
  expect(names.length).toBeGreaterThan(0);
  const files = new Map<string, Buffer>();
  for (const name of names) {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      section.getByRole("button", { name, exact: true }).click(),
    ]);
    files.set(download.suggestedFilename(), readFileSync(await download.path()));
  }
  await section.getByRole("button", { name: "Files", exact: true }).click();
  return files;
}

/** The origin that a file gives, whatever its kind. */
function originOf(name: string, bytes: Buffer) {
  if (name.endsWith(".json")) return JSON.parse(bytes.toString()).provenance;
  if (name.endsWith(".safetensors")) return JSON.parse(parseSafetensors(new Uint8Array(bytes)).metadata.provenance);
  const [head, line] = parseCsv(bytes.toString());
  const cell = (column: string) => line[head.indexOf(column)];
  return {
    tempered_version: cell("tempered_version"),
    created: cell("created"),
    clip: { name: cell("clip"), sha256: cell("clip_sha256") },
    link: cell("link"),
    units: {},
    models: Object.fromEntries(
      ["encoder", "teacher", "student"].filter((part) => head.includes(part)).map((part) => [part, { id: cell(part) }]),
    ),
  };
}

/** As where memory is short. */
const withoutCanvases = (page: Page) =>
  page.evaluate(() => void Object.assign(OffscreenCanvas.prototype, { getContext: () => null }));

/** camelCase in any key below the origin. */
const camel = (value: unknown): string[] =>
  typeof value !== "object" || value === null
    ? []
    : Object.entries(value).flatMap(([key, inner]) => [...(/[a-z][A-Z]/.test(key) ? [key] : []), ...camel(inner)]);

async function checked(page: Page, models: object): Promise<string[]> {
  const files = await walked(page);
  for (const [name, bytes] of files) {
    const origin = originOf(name, bytes);
    expect(origin, name).toMatchObject({
      tempered_version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      created: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      clip: { name: expect.stringMatching(/./), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      models,
      units: {},
      link: expect.stringMatching(/^http.*index\.html/),
    });
  }
  return [...files.keys()];
}

test("Explore's matches and features, in pixels and frames of the file too", async () => {
  const { page } = await open({ hash: "#v=1&encoder=raw-patches&frames=4&start=0.5" });
  await figureShown(page);
  await page.getByLabel("Optical flow").check();
  await page.getByTestId("panes").getByTitle("optical flow").waitFor({ timeout: 60_000 });
  expect(page.url()).toContain("flow=1");
  const names = await checked(page, { encoder: { id: "raw-patches" } });
  expect(names.map((name) => name.replace(/.*\./, "")).sort()).toEqual(["csv", "json", "safetensors"]);
  const files = await walked(page);
  const json = JSON.parse([...files].find(([name]) => name.endsWith(".json"))?.[1].toString() ?? "");
  expect(camel(json)).toEqual([]);
  const [, H, W] = json.grid;
  expect(json.optical_flow.frames.map((frame: unknown[] | null) => frame?.length ?? null)).toEqual([
    ...[H * W, H * W, H * W],
    null,
  ]);
  const [{ row, col, frame, x_px, y_px, frame_index, time_s }] = json.matches;
  expect([x_px, y_px]).toEqual([(col + 0.5) * json.token_px[1], (row + 0.5) * json.token_px[0]]);
  expect([frame_index, time_s]).toEqual([json.frames[frame].index, json.frames[frame].time_s]);
  // The link is the view: the same settings, the same window.
  const again = await open({ hash: new URL(json.provenance.link).hash });
  await figureShown(again.page);
  expect(await again.page.getByRole("slider", { name: "Window start" }).getAttribute("aria-valuenow")).toBe("0.5");
});

test("Compare's numbers", async () => {
  const { page } = await open({ hash: "#v=1&view=compare&clip=discs&encoder=raw-patches&frames=4&spoilt=frozen" });
  await figureShown(page);
  await checked(page, { teacher: { id: "raw-patches" }, student: { id: "raw-patches" } });
  const [[, bytes]] = await walked(page);
  expect(camel(JSON.parse(bytes.toString()))).toEqual([]);
  // A video that cannot be made is not waited for in vain.
  await page.evaluate(() => Reflect.deleteProperty(globalThis, "VideoEncoder"));
  await pressFile(page, "Overlay video");
  await page.locator("[data-failure]").waitFor();
});

test("Train's runs, together and alone, named after what they hold, with the untrained student", async () => {
  const { page } = await open({ hash: "#v=1&view=train&clip=discs&hidden=16.16.16&steps=2" });
  await figureShown(page);
  const done = page.locator("[data-testid=runs] tr[data-status=done]");
  for (const [i, loss] of ["tsa", "repa"].entries()) {
    await page.getByLabel("Loss", { exact: true }).selectOption(loss);
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await done.nth(i).waitFor({ timeout: 60_000 });
  }
  const names = await checked(page, { teacher: { id: "xfeat" } });
  expect(names.filter((name) => /tsa-repa/.test(name)).length).toBeGreaterThan(2);
  const files = await walked(page);
  const table = [...files].find(([name]) => name.includes("table"))?.[1].toString() ?? "";
  const [head, ...rows] = parseCsv(table);
  expect(rows.map((row) => row[head.indexOf("status")])).toEqual(["untrained", "done", "untrained", "done"]);
  expect(Number(rows[1][head.indexOf("held_moving")])).toBeGreaterThanOrEqual(0);
  const steps = parseCsv([...files].find(([name]) => /step-2\.csv$/.test(name))?.[1].toString() ?? "");
  expect(steps.slice(1).map((row) => row[steps[0].indexOf("step")])).toEqual(["0", "1", "2", "0", "1", "2"]);
  // Charts that cannot be drawn are not waited for in vain.
  await withoutCanvases(page);
  await pressFile(page, "Charts PNG");
  expect(await page.locator("[data-failure]").innerText()).toContain("choose fewer dots or a smaller figure");
});

test("Evaluate's verdict and rules", async () => {
  const { page } = await open({ hash: "#v=1&view=evaluate" });
  await page.locator("[data-testid=verdict][aria-busy=false]").waitFor();
  await checked(page, {});
  await withoutCanvases(page);
  await pressFile(page, "Figure PNG");
  expect(await page.getByTestId("page-notice").innerText()).toContain("choose fewer dots or a smaller figure");
});
