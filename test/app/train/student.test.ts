// The diffusion student learns in Train: a tiny one, so that a software adapter takes seconds. One page for the whole way.
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { readClipFile } from "../../../src/formats/clip_file.ts";
import { type Dtype, parseSafetensors, writeSafetensors } from "../../../src/formats/safetensors.ts";
import { dropFile, savedBy, withApp } from "../../support/app.ts";
import { axeFaults, axeFaultsInBothThemes } from "../../support/axe.ts";

const open = withApp();

/** A clip that costs little stands behind it: the page looks at one where a file of another kind falls. */
const TINY =
  "#v=1&view=train&clip=discs&frames=4&encoder=raw-patches&learns=student&s-start=random&s-width=32&s-depth=1&s-heads=1&s-task=bounce&s-clips=2&s-batch=1" +
  "&s-samples=1&s-sampler-steps=2&s-teacher=world&s-every=2&s-steps=3";

const press = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true }).first().click();

/** Waits for the run under way to be in a state, and gives the step it is at. */
async function reaches(page: Page, status: string, step?: number): Promise<void> {
  const at = step === undefined ? "" : `[data-step='${step}']`;
  await page.locator(`[data-testid=student-status][data-status=${status}]${at}`).waitFor({ timeout: 120_000 });
}

async function saved(page: Page, name: string): Promise<Buffer> {
  return readFile(await (await savedBy(page, name)).path());
}

const rows = (page: Page) => page.locator("[data-testid=student-runs] tbody tr");

interface RunJson {
  readonly recipe: object;
  readonly steps: { readonly step: number; readonly loss: number }[];
  readonly samples: { readonly step: number }[];
}

const runJson = async (page: Page): Promise<RunJson> => JSON.parse((await saved(page, "Run JSON")).toString());

const clips = (page: Page) => page.getByTestId("student-clips").getByRole("img");

test("a student steps, saves itself, goes on after a reload and from its file, and draws its clips", async () => {
  const { page, problems } = await open({ hash: TINY });
  await page.getByRole("heading", { name: "Nothing learns yet" }).waitFor();
  // The page itself does not scroll: its rail and its stage do.
  expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBe(900);
  // What it takes is known before: memory at once, time from a step.
  const foresight = page.getByTestId("student-foresight");
  await foresight.getByText(/^\d+\.\d MB of GPU memory; how long/).waitFor();
  await press(page, "Measure a step");
  await foresight.getByText(/ a step here: about .* for 3 steps and 3 looks/).waitFor({ timeout: 90_000 });
  expect(await axeFaults(page)).toEqual([]);

  // By the keyboard, whose focus stays on the button meanwhile.
  await page.getByRole("button", { name: "One step", exact: true }).press("Enter");
  await reaches(page, "paused", 1);
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("One step");
  await page.getByRole("img", { name: /^Diffusion loss: diffusion loss ends at \d/ }).waitFor();
  await page.getByRole("img", { name: /^Weight λ: / }).waitFor();
  // The first look, and the simulator's.
  await expect.poll(() => clips(page).count()).toBe(2);
  await page.getByText(/^centre error |^its bodies are not found/).waitFor();
  // A PC* stands beside what it is for clips of known worth.
  await page.getByRole("table", { name: "Of clips whose worth is known" }).waitFor();
  await press(page, "One step");
  await page.getByText(/saved at step 2/).waitFor();
  // Where a token is found by the teacher and, while it trains, by the student after its only block.
  const match = page.getByTestId("student-match");
  await match.getByRole("button", { name: "Look into the student" }).click();
  await match.getByText(/^At step 2, /).waitFor();
  expect(await match.getByRole("img").count()).toBe(16);
  await match.getByRole("slider", { name: "Query: frame" }).fill("3");
  await match.getByRole("img", { name: /^the teacher, frame 3: best match row 4, column 4, / }).waitFor();
  await match.getByRole("button", { name: "Space-time" }).click();
  await match.getByText(/^τ 0\.1, step 2\. teacher: from frame 0 row 4 column 4 to .* student: from /).waitFor();
  await match.getByRole("button", { name: "Panes" }).click();
  // One clip is enough to see that it is measured.
  const plausible = page.getByTestId("student-plausible");
  await plausible.getByRole("button", { name: "Measure PPE*" }).click();
  await plausible.getByRole("table", { name: "PPE* at step 2" }).waitFor();
  await plausible.getByRole("button", { name: "Stop measuring" }).click();
  expect(await plausible.getByRole("row").count()).toBe(5);
  const checkpoint = await saved(page, "Save checkpoint");
  const { tensors, metadata } = parseSafetensors(checkpoint);
  expect(metadata.format).toBe("tempered-student");
  expect(tensors.get("step")?.data[0]).toBe(2);

  await page.reload();
  await page
    .getByTestId("student-cut-short")
    .getByText(/M-TSA on bounce, seed 1, was cut short at step 2 of 3/)
    .waitFor();
  await press(page, "Go on at step 2");
  await reaches(page, "done", 3);
  await expect.poll(() => clips(page).count()).toBe(3);
  expect(await axeFaultsInBothThemes(page)).toEqual([]);
  const run = await runJson(page);
  expect(run.recipe).toMatchObject({ start: "random", width: 32, task: "bounce", teacher: "world", share: 0.5 });
  expect(run.steps.map(({ step }) => step)).toEqual([1, 2, 3]);
  expect(run.samples.map(({ step }) => step)).toEqual([0, 2, 3]);
  expect((await saved(page, "CSV")).toString().trim().split("\n")).toHaveLength(4);
  const strip = await saved(page, "Strip PNG");
  // The width stands behind the signature: 180 mm at 300 dpi.
  expect([strip.toString("latin1", 1, 4), strip.readUInt32BE(16)]).toEqual(["PNG", 2126]);
  // "ftyp" of an MP4, or the mark of a WebM where the browser has no H.264.
  const film = await saved(page, "Clips video");
  expect(film.toString("latin1", 4, 8) === "ftyp" || film.readUInt32BE(0) === 0x1a45dfa3).toBe(true);
  const pixels = parseSafetensors(await saved(page, "Clips safetensors"));
  expect([...pixels.tensors].map(([name, { shape }]) => [name, shape[0]])).toEqual(
    expect.arrayContaining([
      ["drawn.0", 1],
      ["drawn.3", 1],
      ["simulator", 1],
    ]),
  );
  expect(JSON.parse(pixels.metadata.recipe)).toMatchObject({ task: "bounce" });
  const look = page.getByRole("slider", { name: "Look on show" });
  await look.fill("1");
  await page.getByText(/^step 2 · diffusion/).waitFor();
  expect(await clips(page).count()).toBe(4);

  // The same in one go: bit-equal to the run that was cut short.
  await press(page, "Start");
  await expect.poll(() => rows(page).count(), { timeout: 120_000 }).toBe(2);
  await reaches(page, "done", 3);
  const again = await runJson(page);
  expect(again.steps.map(({ loss }) => loss)).toEqual(run.steps.map(({ loss }) => loss));
  expect(again.samples).toEqual(run.samples);

  await dropFile(page, "words.safetensors", Buffer.from("these are words"));
  await page.getByText(/“words.safetensors” is no checkpoint of Train/).waitFor();
  await page.getByLabel("Trains").selectOption("student");
  // Numbers too large to be added up: the run says at which step, and its last good student can be saved.
  const broken = [...tensors].map(([name, tensor]) => [name, { ...tensor, dtype: tensor.dtype as Dtype }] as const);
  tensors.get("proj_out.weight")?.data.fill(1e38 as never);
  await dropFile(page, "broken.safetensors", writeSafetensors(Object.fromEntries(broken), metadata));
  await page.getByText(/on bounce, step 2 of 3\.$/).waitFor();
  await press(page, "Go on at step 2");
  await reaches(page, "failed", 2);
  await page.getByText(/^step 3 gave a loss of (NaN|Infinity)/).waitFor();
  // Where it broke is seen.
  const atlas = page.getByTestId("student-atlas");
  await atlas.getByRole("button", { name: "Look at them" }).click();
  await atlas.getByRole("button", { name: /^proj_out\.weight, .*values are no numbers$/ }).click();
  await page
    .getByTestId("student-tensor")
    .getByText(/^gradient: norm .* values are no numbers$/)
    .waitFor();
  await atlas.getByText(/^stream after block 1, \d+ × 32: norm \d/).waitFor();
  expect(await axeFaults(page)).toEqual([]);
  await press(page, "Save the last good student");

  // Runs stay until they are deleted.
  await rows(page).first().getByText(/ MB$/).waitFor();
  await rows(page).last().getByRole("button", { name: "Delete" }).click();
  await expect.poll(() => rows(page).count()).toBe(2);
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await page.reload();
  await expect.poll(() => rows(page).count()).toBe(2);
  await rows(page).first().getByRole("button", { name: "M-TSA" }).click();
  await expect.poll(() => clips(page).count()).toBe(3);
  const [drawn] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: /^Save newest, step 3 of “/ }).click(),
  ]);
  expect(readClipFile(await readFile(await drawn.path()), 16, 64)).toMatchObject({ seed: null, laws: {} });
  await page.getByRole("button", { name: /^Judge newest, step 3 of “/ }).click();
  await page.locator("[data-testid=verdict][aria-busy=false]").waitFor();
  await page
    .getByText(/newest, step 3\.safetensors/)
    .first()
    .waitFor();
  expect(problems).toEqual([]);
}, 300_000);

test("two arms learn at once from the same start and noise, and are compared in pairs", async () => {
  const arms = TINY.replace("s-samples=1", "s-samples=2").replace("s-steps=3", "s-steps=1");
  const { page, problems } = await open({ hash: `${arms}&s-beside=none` });
  await press(page, "Start");
  const done = page.locator("[data-testid=student-status][data-status=done][data-step='1']");
  await expect.poll(() => done.count(), { timeout: 120_000 }).toBe(2);
  await page.getByRole("img", { name: /^Diffusion loss: M-TSA ends at .*diffusion alone ends at / }).waitFor();
  await page.getByRole("img", { name: /^Error of diffusion alone − M-TSA, px: / }).waitFor();
  // Of each of two sentences both arms' clips and the simulator's.
  await expect.poll(() => clips(page).count()).toBe(6);
  const pictures = () =>
    clips(page).evaluateAll((all) => all.map((one) => one instanceof HTMLCanvasElement && one.toDataURL()));
  await page.getByRole("slider", { name: "Look on show" }).fill("0");
  await page.getByText("diffusion alone, step 0").first().waitFor();
  const [first, second, simulator] = await pictures();
  expect(second).toBe(first);
  expect(simulator).not.toBe(first);
  await page.getByText(/^At step 1 the clips drawn with diffusion alone are .* over 2 clips\)/).waitFor();
  expect(await axeFaults(page)).toEqual([]);
  await expect.poll(() => rows(page).filter({ hasText: / MB/ }).count()).toBe(2);
  expect(problems).toEqual([]);
}, 240_000);

test("a plan's arms follow one another, go on after a reload, and end in a table", async () => {
  // So many steps that the second arm is found before it is over.
  const two = TINY.replace("s-samples=1", "s-samples=2")
    .replace("s-steps=3", "s-steps=4")
    .replace("s-every=2", "s-every=4");
  const { page, problems } = await open({ hash: `${two}&s-values=none,repa,mtsa` });
  const status = (state: string) => page.locator(`[data-testid=plan-status][data-status=${state}]`);
  await press(page, "Plan these arms");
  await status("planned").waitFor();
  const arms = page.locator("[data-testid=plan-arms] tbody tr");
  await arms.filter({ hasText: "REPA" }).getByRole("button", { name: "Leave out" }).click();
  await expect.poll(() => arms.count()).toBe(2);
  expect(await axeFaults(page)).toEqual([]);

  await press(page, "Start the plan");
  await arms.first().getByText("done", { exact: true }).waitFor({ timeout: 120_000 });
  // The second arm begins by itself; the user holds the plan, and it outlives the page.
  await arms
    .last()
    .getByText(/^(being prepared|learning)$/)
    .waitFor({ timeout: 60_000 });
  await press(page, "Cancel the rest");
  await status("paused").waitFor();
  await page.getByRole("button", { name: "Go on with the plan" }).waitFor();
  await page.reload();
  await status("paused").waitFor();
  expect(await page.getByTestId("student-cut-short").count()).toBe(0);
  await press(page, "Go on with the plan");
  await status("done").waitFor({ timeout: 240_000 });
  const results = page.locator("[data-testid=plan-results] tbody tr");
  await results.last().getByText(/p = /).first().waitFor();
  await page.getByRole("img", { name: /^Diffusion loss: diffusion alone ends at .*M-TSA ends at / }).waitFor();
  expect(await axeFaults(page)).toEqual([]);
  const table = (await saved(page, "Table CSV")).toString().trim().split("\n");
  expect(table.map((line) => line.split(",")[0])).toEqual(["arm", "diffusion alone", "M-TSA"]);
  const json = JSON.parse((await saved(page, "Table JSON")).toString());
  expect(json.plan).toEqual({ over: "loss", arms: 2, unit: "clip", training_seed: 1 });
  expect(json.runs[1].steps.map(({ step }: { step: number }) => step)).toEqual([1, 2, 3, 4]);
  expect(json.provenance.link).toContain("learns=student");
  const latex = (await saved(page, "Table LaTeX")).toString();
  expect(latex).toMatch(/\\begin\{tabular\}\{lrrrr\}[\s\S]* diffusion alone & .* & .* \\\\\n +M-TSA & /);
  await press(page, "Remove the plan");
  expect(await page.getByTestId("student-plan").count()).toBe(0);
  await expect.poll(() => rows(page).count()).toBe(2);
  expect(problems).toEqual([]);
}, 480_000);

test("where nothing can be stored a run asks before its steps are given up", async () => {
  const { page } = await open({
    // Nothing is drawn: what is asked about is its step.
    hash: `${TINY.replace("s-samples=1", "s-samples=0")}&s-loss=none`,
    prepare: (of) =>
      of.addInitScript(() => {
        navigator.storage.getDirectory = () => Promise.reject(new DOMException("blocked", "SecurityError"));
      }),
  });
  await press(page, "One step");
  await page
    .getByTestId("student-notice")
    .getByText(/^This browser blocks storage for this page/)
    .waitFor({ timeout: 90_000 });
  await reaches(page, "paused", 1);
  await press(page, "Stop");
  const asks = page.getByTestId("student-ending");
  await asks.getByText(/gives up 1 of its 1 steps/).waitFor();
  await press(page, "Keep it");
  await reaches(page, "paused", 1);
  await press(page, "Stop");
  await saved(page, "Save checkpoint, then stop");
  await page.getByRole("button", { name: "Start", exact: true }).waitFor();
}, 180_000);

test("a start, a look and a run end when the user says so", async () => {
  // So many steps to a drawn clip that whoever waited for it would find it drawn.
  const { page, problems } = await open({ hash: TINY.replace("s-sampler-steps=2", "s-sampler-steps=1000") });
  await press(page, "Start");
  await page.getByTestId("student-preparing").waitFor();
  expect(await axeFaults(page)).toEqual([]);
  await press(page, "Cancel");
  await page.getByRole("heading", { name: "Nothing learns yet" }).waitFor({ timeout: 60_000 });
  expect(await page.getByTestId("student-notice").count()).toBe(0);

  await press(page, "Start");
  await reaches(page, "running", 0);
  await press(page, "Pause");
  await reaches(page, "paused", 0);
  // The simulator's alone.
  expect(await clips(page).count()).toBe(1);
  await press(page, "Resume");
  await reaches(page, "running", 0);
  await press(page, "Stop");
  // Nothing was drawn and no step was taken.
  await page.getByRole("heading", { name: "Nothing learns yet" }).waitFor();
  expect(problems).toEqual([]);
}, 180_000);

test("what cannot be trained is a sentence, and a link keeps the recipe", async () => {
  const { page } = await open({ hash: `${TINY}&s-block=9` });
  await press(page, "Start");
  await page
    .getByTestId("student-notice")
    .getByText(/the student has one block, got block 9/)
    .waitFor({ timeout: 90_000 });
  await page.getByRole("combobox", { name: "Loss" }).selectOption("none");
  await page.getByTestId("student-foresight").waitFor();
  for (const [field, value] of [
    ["Width", "2048"],
    ["Blocks", "64"],
  ]) {
    await page.getByLabel(field, { exact: true }).fill(value);
    await page.getByLabel(field, { exact: true }).press("Enter");
  }
  await page
    .getByTestId("student-too-large")
    .getByText(/^Too large: one of its buffers needs/)
    .waitFor();
  await page.getByRole("button", { name: /^Take a batch of 1 and a width of/ }).click();
  await page.getByTestId("student-foresight").waitFor();
  await expect.poll(() => page.evaluate(() => location.hash)).toContain("s-loss=none");
  expect(await page.getByText("Teacher", { exact: true }).count()).toBe(0);

  // A sentence of one's own is taken when its field is left, and the field shows the one that is used, wherever it comes from.
  await page.getByLabel("Clips of").selectOption({ label: "a sentence of your own" });
  const sentence = page.getByRole("textbox", { name: "Sentence" });
  await sentence.fill("a small green ball bounces on the floor");
  await sentence.press("Tab");
  await expect.poll(() => page.evaluate(() => location.hash)).toContain("s-task=a+small+green");
  await page.evaluate(() => {
    location.hash = location.hash.replace("green", "red");
  });
  await expect.poll(() => sentence.inputValue()).toBe("a small red ball bounces on the floor");
}, 180_000);
