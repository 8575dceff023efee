// A student that was trained here draws in Evaluate, and is an encoder in Compare and Explore: the newest checkpoint of a run, or a dropped file.
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { type Dtype, parseSafetensors, writeSafetensors } from "../../../src/formats/safetensors.ts";
import { dropFile, figureShown, savedBy, withApp } from "../../support/app.ts";
import { axeFaults } from "../../support/axe.ts";

const open = withApp();

/** Small enough for a software adapter, and nothing is drawn while it learns. */
const TINY = [
  ...["#v=1", "view=train", "learns=student", "s-start=random", "s-width=32", "s-depth=1", "s-heads=1"],
  ...["s-task=bounce", "s-clips=2", "s-loss=none", "s-batch=1", "s-samples=0", "s-steps=3"],
].join("&");

test("a run's student and a dropped one draw in Evaluate, named; one of another world is a sentence", async () => {
  const { page, problems } = await open({ hash: TINY });
  page.setDefaultTimeout(90_000);
  const saved = async (name: string) => readFile(await (await savedBy(page, name)).path());
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.getByText(/saved at step 3/).waitFor();
  const checkpoint = await saved("Save checkpoint");

  await page.getByRole("button", { name: "Evaluate", exact: true }).click();
  await page.locator("[data-testid=verdict][aria-busy=false]").waitFor();
  await page.getByLabel("Made by").selectOption("student");
  await page.getByLabel("Steps", { exact: true }).fill("1");
  await page.keyboard.press("Enter");
  const which = page.getByLabel("Which student");
  const generate = page.getByRole("button", { name: "Generate", exact: true });
  const draws = async (): Promise<{ readonly frames_sha256: string }> => {
    await generate.click();
    await page.getByRole("progressbar", { name: "Generating" }).waitFor();
    await generate.waitFor();
    await page.getByRole("figure").filter({ hasText: "Your student" }).waitFor();
    return JSON.parse((await saved("Verdict JSON")).toString());
  };
  await which.selectOption("diffusion alone on bounce, seed 1, step 3");
  const first = await draws();
  expect(first).toMatchObject({ generator: "diffusion alone on bounce, seed 1, step 3", steps: 1 });
  expect(await axeFaults(page)).toEqual([]);
  await page.getByRole("button", { name: "Share, cite" }).click();
  await page.getByText("A student of your own is not in it either").waitFor();
  await page.keyboard.press("Escape");

  // The same weights as a file draw the same clip.
  const chosen = async (name: string) =>
    expect.poll(() => which.locator("option:checked").textContent()).toBe(`“${name}”`);
  await dropFile(page, "mine.safetensors", checkpoint);
  await chosen("mine.safetensors");
  expect(await draws()).toMatchObject({ generator: "mine.safetensors", frames_sha256: first.frames_sha256 });

  expect(problems).toEqual([]);

  const { tensors, metadata } = parseSafetensors(checkpoint);
  const longer = [...tensors].map(([name, { shape, data, dtype }]) => {
    const [rows, columns] = shape;
    const twice = { shape: [rows * 2, columns], data: new Float32Array(2 * data.length) };
    return [name, { shape, data, ...(name === "text_positions" && twice), dtype: dtype as Dtype }] as const;
  });
  await dropFile(page, "other.safetensors", writeSafetensors(Object.fromEntries(longer), metadata));
  await chosen("other.safetensors");
  await generate.click();
  // In the panel, and in the report that can be copied.
  const sentence = page.getByText(/^other\.safetensors: the student has words 24, the sandbox's clips need 12/);
  await sentence.first().waitFor();
  // Another file draws at once.
  const another = page.getByRole("button", { name: "Open another file …" });
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), another.click()]);
  await chooser.setFiles({ name: "mine.safetensors", mimeType: "application/octet-stream", buffer: checkpoint });
  await page.getByRole("figure").filter({ hasText: "Your student" }).waitFor();
  const drawn = JSON.parse((await saved("Verdict JSON")).toString());
  expect(drawn).toMatchObject({ generator: "mine.safetensors", frames_sha256: first.frames_sha256 });

  // In another visit its run is still there, and the link of the one before names it.
  const name = "diffusion alone on bounce, seed 1, step 3";
  const clip = "clip=sandbox%3A7%3Aa+large+red+ball+hits+a+small+blue+ball&tau=0.1";
  const visit = async (hash: string) => {
    const origin = page.url().replace(/#.*/, "");
    await page.goto("about:blank");
    await page.goto(`${origin}${hash}`);
    await figureShown(page);
  };
  // Beside VideoMAE, and VideoMAE before it: their grid is the student's own, and raw patches have four times as many tokens.
  await visit(`#v=1&view=compare&${clip}&encoder=videomae&student=videomae`);
  const student = page.getByRole("region", { name: "Student", exact: true });
  await student.getByRole("option", { name }).waitFor({ state: "attached" });
  await student.getByLabel("Encoder").selectOption(name);
  await page.getByText(`“${name}” learnt to take noise out of sandbox clips`).waitFor();
  expect(page.url()).toMatch(/student=trained%3A[0-9a-f]{16}%3A1x0%2F1%2F250%2F0%2F1%3A/);
  const tsa = page.locator("[data-loss=tsa]");
  const loss = async () => {
    await expect.poll(() => tsa.innerText(), { timeout: 120_000 }).toMatch(/\d/);
    return tsa.innerText();
  };
  const before = await loss();
  await visit(new URL(page.url()).hash);
  expect(await loss()).toBe(before);
  // By then the menu knows that it is the run's, and offers it once.
  await expect.poll(() => student.getByRole("option", { name }).count()).toBe(1);

  await visit(`#v=1&view=explore&${clip}&encoder=raw-patches&frames=4`);
  await dropFile(page, "mine.safetensors", checkpoint);
  await page.getByText("mine looks at 4 frames at a time").waitFor();
  const encoder = page.getByRole("region", { name: "What the encoder sees" });
  expect(await encoder.getByLabel("Encoder").locator("option:checked").textContent()).toBe("mine");
  await encoder.getByLabel("First 4 frames without noise").check();
  await expect.poll(() => page.url()).toMatch(/encoder=trained%3A[0-9a-f]{16}%3A1x0%2F1%2F250%2F1%2F1%3Amine/);
  expect(await axeFaults(page)).toEqual([]);
}, 360_000);
