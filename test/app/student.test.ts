// The diffusion student learns in Train: a tiny one, so that a software adapter takes seconds. One page for the whole way.
import { readFile } from "node:fs/promises";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { type Dtype, parseSafetensors, writeSafetensors } from "../../src/formats/safetensors.ts";
import { dropFile, withApp } from "../support/app.ts";

const open = withApp();

const TINY =
  "#v=1&view=train&learns=student&s-start=random&s-width=32&s-depth=1&s-heads=1&s-task=bounce&s-clips=2&s-batch=1" +
  "&s-samples=1&s-sampler-steps=2&s-teacher=world&s-every=2&s-steps=3";

const press = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true }).first().click();

/** Waits for the run under way to be in a state, and gives the step it is at. */
async function reaches(page: Page, status: string, step?: number): Promise<void> {
  const at = step === undefined ? "" : `[data-step='${step}']`;
  await page.locator(`[data-testid=student-status][data-status=${status}]${at}`).waitFor({ timeout: 120_000 });
}

async function saved(page: Page, name: string): Promise<Buffer> {
  const [download] = await Promise.all([page.waitForEvent("download"), press(page, name)]);
  return readFile(await download.path());
}

async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
}

const clips = (page: Page) => page.getByTestId("student-clips").getByRole("img");

test("a student steps, is saved, is stopped after a question, goes on from its file and draws its clips", async () => {
  const { page, problems } = await open({ hash: TINY });
  await page.getByRole("heading", { name: "Nothing learns yet" }).waitFor();
  // What it takes is known before: memory at once, time from a step.
  const foresight = page.getByTestId("student-foresight");
  await foresight.getByText(/^\d+\.\d MB of GPU memory; how long/).waitFor();
  await press(page, "Measure a step");
  await foresight.getByText(/ a step here: about .* for 3 steps and 3 looks/).waitFor({ timeout: 90_000 });
  expect(await violations(page)).toEqual([]);

  await press(page, "One step");
  await reaches(page, "paused", 1);
  await page.getByRole("img", { name: /^Diffusion loss: diffusion loss ends at \d/ }).waitFor();
  await page.getByRole("img", { name: /^Weight λ: / }).waitFor();
  // The first look, and the simulator's.
  await expect.poll(() => clips(page).count()).toBe(2);
  await page.getByText(/^centre error |^its bodies are not found/).waitFor();
  await press(page, "One step");
  await reaches(page, "paused", 2);

  // Steps that are in no file are not given up without a question.
  await press(page, "Stop");
  await page
    .getByTestId("student-ending")
    .getByText(/gives up 2 of its 2 steps/)
    .waitFor();
  await press(page, "Keep it");
  const checkpoint = await saved(page, "Save checkpoint");
  const { tensors, metadata } = parseSafetensors(checkpoint);
  expect(metadata.format).toBe("tempered-student");
  expect(tensors.get("step")?.data[0]).toBe(2);
  await page.getByText(/saved at step 2/).waitFor();
  await press(page, "Resume");
  await reaches(page, "done", 3);
  await expect.poll(() => clips(page).count()).toBe(3);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await violations(page)).toEqual([]);
  }

  const run = JSON.parse((await saved(page, "Run JSON")).toString());
  expect(run.recipe).toMatchObject({ start: "random", width: 32, task: "bounce", teacher: "world", share: 0.5 });
  expect(run.steps.map(({ step }: { step: number }) => step)).toEqual([1, 2, 3]);
  expect(run.samples.map(({ step }: { step: number }) => step)).toEqual([0, 2, 3]);
  expect((await saved(page, "CSV")).toString().trim().split("\n")).toHaveLength(4);
  const look = page.getByRole("slider", { name: "Look on show" });
  await look.fill("1");
  await page.getByText(/^step 2 · diffusion/).waitFor();
  expect(await clips(page).count()).toBe(4);

  await page.getByLabel("Run on show").waitFor({ state: "detached" });
  await dropFile(page, "words.safetensors", Buffer.from("these are words"));
  await page.getByText(/“words.safetensors” is no checkpoint of Train/).waitFor();
  await page.getByLabel("Trains").selectOption("student");
  await dropFile(page, "two.safetensors", checkpoint);
  await page.getByText(/on bounce, step 2 of 3\.$/).waitFor();
  await press(page, "Go on at step 2");
  await press(page, "Give it up");
  await reaches(page, "done", 3);
  await page.getByLabel("Run on show").waitFor();
  const again = JSON.parse((await saved(page, "Run JSON")).toString());
  // Bit-equal to not having stopped.
  expect(again.steps.map(({ step }: { step: number }) => step)).toEqual([3]);
  expect(again.steps[0].loss).toBe(run.steps[2].loss);

  // One number that is none: the run says at which step, and its last good student can be saved.
  const broken = [...tensors].map(([name, tensor]) => [name, { ...tensor, dtype: tensor.dtype as Dtype }] as const);
  tensors.get("proj_out.weight")?.data.fill(Number.NaN as never);
  await dropFile(page, "broken.safetensors", writeSafetensors(Object.fromEntries(broken), metadata));
  await press(page, "Go on at step 2");
  await press(page, "Give it up");
  await reaches(page, "failed", 2);
  await page.getByText(/^step 3 gave a loss of NaN/).waitFor();
  expect(await violations(page)).toEqual([]);
  await press(page, "Save the last good student");
  await page.getByText(/saved at step 2/).waitFor();

  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  expect(problems).toEqual([]);
}, 300_000);

test("a start, a look and a run end when the user says so", async () => {
  // So many steps to a drawn clip that whoever waited for it would find it drawn.
  const { page, problems } = await open({ hash: TINY.replace("s-sampler-steps=2", "s-sampler-steps=1000") });
  await press(page, "Start");
  await page.getByTestId("student-preparing").waitFor();
  expect(await violations(page)).toEqual([]);
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
}, 180_000);
