// Our student makes a clip in Evaluate, and the law judge looks at it beside the simulator's.
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { parseSafetensors } from "../../src/formats/safetensors.ts";
import { dropFile, figureShown, savedBy, spoken, withApp } from "../support/app.ts";
import { axeFaults, axeFaultsInBothThemes } from "../support/axe.ts";

const open = withApp();
const PROMPT = "a large red ball hits a small blue ball";
const BASE = `#v=1&frames=4&encoder=raw-patches&view=evaluate&judged=sandbox%3A7%3A${PROMPT.replaceAll(" ", "+")}`;
/** Two steps: what comes out is as blurred as it is quick. */
const QUICK = `${BASE}&maker=student&denoising=2`;

const figure = (page: Page, name: string) => page.getByRole("figure").filter({ hasText: name });
const generate = (page: Page) => page.getByRole("button", { name: "Generate", exact: true });
const cancel = (page: Page) => page.getByRole("button", { name: "Cancel", exact: true });

/** Waits for the student's clip beside the simulator's. */
async function made(page: Page): Promise<void> {
  await figure(page, "Our student").waitFor();
  await figure(page, "The simulator").waitFor();
  await generate(page).waitFor();
}

/** What a download holds. */
async function save(page: Page, name: string) {
  const file = await savedBy(page, name);
  return { name: file.suggestedFilename(), data: readFileSync(await file.path()) };
}

const verdict = async (page: Page) => JSON.parse((await save(page, "Verdict JSON")).data.toString());

test("the user asks for a clip, judged beside the simulator's; the same numbers make the same clip, here and by the link; it opens in Explore", async () => {
  const { page, problems } = await open({ hash: BASE });
  await page.getByLabel("Made by").selectOption("student");
  await page.getByText("Our student makes its own when you press Generate.").waitFor();
  expect(await page.getByLabel("How").count()).toBe(0);
  await page.getByLabel("Steps", { exact: true }).fill("2");
  await page.keyboard.press("Enter");
  await generate(page).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("progressbar", { name: "Generating" }).waitFor();
  await made(page);
  await spoken(page, "our student's clip: ");
  expect(await axeFaultsInBothThemes(page)).toEqual([]);

  const first = await verdict(page);
  expect(first).toMatchObject({
    prompt: PROMPT,
    generator: expect.stringContaining("student"),
    generator_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    seed: 7,
    steps: 2,
    guidance: 2,
    first_frames_given: false,
  });
  // The simulator's clip is the same as ever, and holds.
  expect(await figure(page, "The simulator").innerText()).toContain("Joint* holds");
  expect(await page.getByRole("row").filter({ hasText: "Joint*" }).getByRole("cell").allInnerTexts()).toHaveLength(2);

  const link = new URL(page.url()).hash;
  expect(link).toContain("maker=student");
  await generate(page).click();
  await cancel(page).waitFor();
  await made(page);
  expect((await verdict(page)).frames_sha256).toBe(first.frames_sha256);

  const again = await open({ hash: link });
  await made(again.page);
  expect((await verdict(again.page)).frames_sha256).toBe(first.frames_sha256);

  // Another seed is the simulator's clip until it is asked for, and then another clip.
  await page.getByLabel("Seed").fill("8");
  await page.keyboard.press("Enter");
  await page.getByText("This clip is the simulator's.").waitFor();
  expect(await figure(page, "Our student").count()).toBe(0);
  await generate(page).click();
  await made(page);
  expect((await verdict(page)).frames_sha256).not.toBe(first.frames_sha256);
  await page.getByRole("button", { name: "Open it in Explore" }).click();
  await figureShown(page);
  await expect.poll(() => page.url()).toMatch(/clip=file%3A[0-9a-f]{16}/);
  expect([...problems, ...again.problems]).toEqual([]);
});

test("both clips play in step; every export says how the clip was made; the saved clip can be dropped", async () => {
  const { page, problems } = await open({ hash: `${QUICK}&first=1` });
  await made(page);
  await page.getByRole("slider", { name: "Frame" }).focus();
  await page.keyboard.press("ArrowRight");
  for (const name of ["Our student", "The simulator"]) {
    await page.getByRole("img", { name: new RegExp(`^${name}, frame 1 with the scene`) }).waitFor();
  }
  const how = "our-student-[0-9a-f]{8}-seed-7-2-steps-guidance-2-first-frames-given";
  const csv = await save(page, "Rules CSV");
  expect(csv.name).toMatch(new RegExp(`^a-large-red-ball-.*-${how}-law-judge\\.csv$`));
  expect(csv.data.toString().split("\n")[1]).toMatch(
    /,"our student \([0-9a-f]{8}\), seed 7, 2 steps, guidance 2, first frames given",a large red ball .*,http/,
  );
  const png = await save(page, "Figure PNG");
  expect(png.data.subarray(1, 4).toString()).toBe("PNG");
  const judged = await verdict(page);
  expect(judged).toMatchObject({ steps: 2, first_frames_given: true });

  const clip = await save(page, "Save the clip");
  const { tensors, metadata } = parseSafetensors(clip.data);
  expect(tensors.get("frames")).toMatchObject({ dtype: "U8", shape: [16, 64, 64, 3] });
  expect(metadata).toMatchObject({
    prompt: PROMPT,
    noise_seed: "7",
    steps: "2",
    maker_sha256: judged.generator_sha256,
  });
  // Its seed is not the simulator's: nobody may take the simulator's truth for its own.
  expect(metadata.seed).toBeUndefined();
  await dropFile(page, clip.name, clip.data);
  await expect.poll(() => page.getByLabel("Made by").inputValue()).toBe("file");
  await page.getByText(clip.name).first().waitFor();
  expect(await verdict(page)).toMatchObject({
    file: clip.name,
    frames_sha256: judged.frames_sha256,
    sa: judged.sa,
    pc: judged.pc,
  });

  expect(problems).toEqual([]);
});

test("it can be cancelled between two steps, and started again; the sentence in the field is what is made, one that the grammar does not have is put right first", async () => {
  const { page, problems } = await open({ hash: `${BASE}&denoising=100` });
  await page.getByLabel("Made by").selectOption("student");
  await generate(page).click();
  await page.getByText(/^step [1-9]\d* of 100$/).waitFor();
  await spoken(page, "generating");
  // A sentence can be typed meanwhile: the grammar answers between two steps.
  await page.getByRole("textbox", { name: "Sentence" }).fill("a large pink ball");
  await page.getByText(/^"pink" \(word 3\)/).waitFor();
  expect(await page.getByRole("progressbar", { name: "Generating" }).count()).toBe(1);
  await cancel(page).focus();
  await page.keyboard.press("Enter");
  await generate(page).waitFor();
  expect(await generate(page).evaluate((button) => button === document.activeElement)).toBe(true);
  expect(await figure(page, "Our student").count()).toBe(0);
  await page.getByText("This clip is the simulator's.").waitFor();

  await page.getByRole("textbox", { name: "Sentence" }).fill(PROMPT);
  await page.getByLabel("Steps", { exact: true }).fill("4");
  await page.keyboard.press("Enter");
  await generate(page).click();
  // What it guesses is shown meanwhile, and makes way for the clip.
  const guess = page.getByRole("img", { name: /^What it guesses after step [123] of 4: 16 frames/ });
  await guess.waitFor();
  await made(page);
  expect(await guess.count()).toBe(0);
  await page.getByText("our student, seed 7, 4 steps, guidance 2").waitFor();

  // The sentence in the field is what is made; one that the grammar does not have is put right first.
  const sentence = page.getByRole("textbox", { name: "Sentence" });
  await sentence.fill("a large red ball hits a small pink ball");
  await page.getByText(/^"pink" \(word 8\)/).waitFor();
  await generate(page).click();
  await expect.poll(() => sentence.evaluate((field) => field === document.activeElement)).toBe(true);
  expect(await page.getByRole("progressbar", { name: "Generating" }).count()).toBe(0);
  await sentence.fill("a large red ball hits a small green ball");
  await generate(page).click();
  // The clip of before stays on show until the new one is there, and the simulator's comes first: only the verdict tells them apart.
  const asked = { prompt: "a large red ball hits a small green ball", steps: 4 };
  await expect.poll(() => verdict(page)).toMatchObject(asked);
  await made(page);

  // Another clip stops what is being made as well.
  await page.getByLabel("Steps", { exact: true }).fill("100");
  await page.keyboard.press("Enter");
  await generate(page).click();
  await cancel(page).waitFor();
  await page.getByLabel("Made by").selectOption("simulator");
  await page.locator("[data-testid=verdict][aria-busy=false]").waitFor();
  await expect.poll(() => page.getByLabel("How").count()).toBe(1);
  expect(await figure(page, "Our student").count()).toBe(0);
  expect(problems).toEqual([]);
});

test("a link with a sentence that the grammar does not have says which word, and what may stand there", async () => {
  const { page } = await open({ hash: QUICK.replace("small+blue", "small+pink") });
  const panel = page.locator("[data-failure=sandbox-prompt]");
  await panel.waitFor();
  expect(await panel.innerText()).toMatch(/"pink" \(word 8\) is not a word of the sandbox: here may stand red/);
  expect(await axeFaults(page)).toEqual([]);
});

test("on a narrow page nothing is cut off, and a phone loads no model by itself; one that does not arrive has its panel, and can be tried again", async () => {
  let blocked = true;
  const phone = await open({
    hash: QUICK,
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
    prepare: (fresh) => fresh.route(/student-.*\.onnx/, (route) => (blocked ? route.abort() : route.continue())),
  });
  await phone.page.getByText("Our student makes its own when you press Generate.").waitFor();
  expect(phone.requests.filter((url) => url.endsWith(".onnx"))).toEqual([]);
  expect(phone.problems).toEqual([]);
  await generate(phone.page).click();
  const panel = phone.page.locator("[data-failure=model-download]");
  await panel.waitFor();
  expect(await panel.innerText()).toContain("could not be downloaded");
  const refused = phone.problems.splice(0);
  expect(refused.every((problem) => problem.includes("net::ERR_FAILED"))).toBe(true);
  blocked = false;
  await phone.page.getByRole("button", { name: "Try again" }).click();
  await made(phone.page);
  const width = () => phone.page.evaluate(() => document.documentElement.scrollWidth);
  expect(await width()).toBe(390);
  expect(phone.problems).toEqual([]);
});
