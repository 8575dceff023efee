// The law judge at work on one clip: as simulated, broken on purpose, and from a file.
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { writeSafetensors } from "../../src/formats/safetensors.ts";
import { clipFile } from "../../src/shell/clip_file.ts";
import { lawsWith } from "../../src/world/laws.ts";
import { createWorld } from "../../src/world/world.ts";
import { dropFile, figureShown, savedBy, spoken, withApp } from "../support/app.ts";
import { axeFaults, axeFaultsInBothThemes } from "../support/axe.ts";

const open = withApp();
const LINK = "#v=1&frames=4&encoder=raw-patches&view=evaluate";
const SINKS = `${LINK}&judged=sandbox%3A1%3Aa+small+red+ball+sinks+in+blue+liquid`;

/** Waits for a verdict and reads its Joint*. */
async function joint(page: Page): Promise<string> {
  await page.locator("[data-testid=verdict][aria-busy=false]").waitFor();
  return page.getByRole("row").filter({ hasText: "Joint*" }).getByRole("cell").last().innerText();
}

test("a simulated clip holds, and the same clip broken on purpose fails; the link restores that", async () => {
  const { page, problems } = await open({ hash: SINKS });
  expect(await joint(page)).toBe("holds");
  await spoken(page, "Joint* holds");
  expect(await page.locator("[data-rule][data-holds=false]").count()).toBe(0);
  // What our own arms came to: each with its error, the first without a difference from itself.
  const found = page.getByTestId("found").first().getByRole("row");
  expect(await found.nth(1).innerText()).toMatch(/^nothing\s+\d+\s+\d+\.\d\d.*–/);
  expect(await found.nth(2).innerText()).toMatch(/^M-TSA\s+\d+\s+\d+\.\d\d.*[−+]\d/);
  await page.getByText("Verdicts by category").first().click();
  const verdicts = page.getByTestId("found-verdicts").first().getByRole("row");
  expect(await verdicts.nth(0).innerText()).toMatch(/all\s+solid–solid\s+solid–fluid\s+fluid–fluid/);
  expect(await verdicts.nth(2).innerText()).toMatch(/^nothing(\s+\d+\.\d){12}$/);
  expect(await axeFaultsInBothThemes(page)).toEqual([]);

  // Whatever ways there are to break this clip, the first is named, explained and caught.
  const how = page.getByLabel("How");
  await how.selectOption({ index: 1 });
  await page.getByText(/broken on purpose/).waitFor();
  expect(await joint(page)).toBe("fails");
  const broken = page.locator("[data-rule][data-holds=false]");
  expect(await broken.count()).toBeGreaterThan(0);
  const link = new URL(page.url()).hash;
  expect(link).toContain("corruption=");

  const again = await open({ hash: link });
  expect(await joint(again.page)).toBe("fails");
  expect(await again.page.getByLabel("How").inputValue()).toBe(await how.inputValue());

  // What is looked at closer is the broken one.
  await page.getByRole("button", { name: "Open it unbroken in Explore" }).waitFor();
  await page.getByRole("button", { name: "Open it in Explore" }).click();
  await figureShown(page);
  await expect.poll(() => page.url()).toMatch(/clip=file%3A[0-9a-f]{16}/);
  expect([...problems, ...again.problems]).toEqual([]);
});

test("where a clip has nothing of the kind to break, another way can be chosen at once", async () => {
  const { page, problems } = await open({ hash: LINK });
  await joint(page);
  const how = page.getByLabel("How");
  await how.selectOption({ label: "Body jumps" });
  await page.getByText("That clip has nothing of the kind to break").waitFor();
  await how.selectOption({ label: "not at all" });
  expect(await joint(page)).toBe("holds");
  expect(problems).toEqual([]);
});

test("picture, slider, strip and charts share one frame", async () => {
  const { page } = await open({ hash: LINK });
  await joint(page);
  const frame = page.getByRole("slider", { name: "Frame" });
  const picture = (t: number) => page.getByRole("img", { name: new RegExp(`^Frame ${t} with the scene`) });
  expect(await picture(0).getAttribute("aria-label")).toMatch(/: 2 solids, 0 liquids$/);
  await frame.focus();
  for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
  await picture(3).waitFor();
  const chart = page.getByRole("img", { name: /over time: at most/ }).first();
  await chart.scrollIntoViewIfNeeded();
  const box = await chart.boundingBox();
  if (!box) throw new Error("the chart has no box");
  await page.mouse.move(box.x + box.width - 2, box.y + box.height / 2);
  await picture(15).waitFor();
  await page.mouse.move(2, 2);
  await picture(3).waitFor();
  await page.mouse.click(box.x + 3, box.y + box.height / 2);
  await page.mouse.move(2, 2);
  await picture(0).waitFor();
  await page.getByRole("button", { name: "Play" }).click();
  await expect.poll(() => frame.inputValue()).not.toBe("0");
});

test("every export holds the verdict on screen", async () => {
  const { page } = await open({ hash: LINK });
  await joint(page);
  const save = async (name: string) => {
    const file = await savedBy(page, name);
    return { name: file.suggestedFilename(), data: readFileSync(await file.path()) };
  };
  const json = await save("Verdict JSON");
  expect(json.name).toBe("a-large-red-ball-hits-a-small-blue-ball-seed-7-law-judge.json");
  const verdict = JSON.parse(json.data.toString());
  expect(verdict).toMatchObject({ category: "solid-solid", seed: 7, corruption: null, joint: true, discarded: null });
  const csv = (await save("Rules CSV")).data.toString().trim().split("\n");
  expect(csv).toHaveLength(1 + verdict.rules.length);
  expect(csv[0]).toMatch(/^rule,side,applies,error,tolerance,frame_0,.*,frame_15,source,clip,clip_sha256,/);
  const png = await save("Figure PNG");
  expect(png.data.subarray(1, 4).toString()).toBe("PNG");
  // A column of a paper, 85 mm at 300 dpi; a viewer that knows pHYs shows it as wide.
  expect(png.data.readUInt32BE(16)).toBe(Math.round((85 / 25.4) * 300));
  expect(png.data.readUInt32BE(png.data.indexOf("pHYs") + 4)).toBe(Math.round(300 / 0.0254));
  await page.getByRole("button", { name: "Figure …" }).click();
  await page.getByLabel("Width").selectOption("180 mm");
  await page.getByRole("checkbox", { name: "frame 15" }).uncheck();
  const svg = (await save("Save SVG")).data.toString();
  expect(svg).toContain('width="180mm"');
  expect(svg.match(/<use /g)).toHaveLength(15);
  expect(svg).toContain("Law judge: SA*, PC* and Joint*");
});

test("a dropped file is judged from its frames and sentence; a link to it asks for it again", async () => {
  const { page } = await open({ hash: LINK });
  await joint(page);
  const { makeClip } = await createWorld();
  const clip = makeClip("a large red ball hits a small green ball", 5);
  await dropFile(page, "mine.safetensors", clipFile(clip));
  await page.getByText("mine.safetensors").first().waitFor();
  expect(await joint(page)).toBe("holds");

  // One that names laws of its own is judged by them, and its verdict says so.
  const light = makeClip("a large red ball bounces on the floor", 5, lawsWith({ gravity: 0.25 }));
  await dropFile(page, "light.safetensors", clipFile(light));
  await page.getByText("light.safetensors, judged by its own laws: gravity 0.25").waitFor();
  expect(await joint(page)).toBe("holds");

  // The same pictures under another sentence, and one picture sixteen times: what the sentence says does not happen.
  const still = new Uint8Array(clip.frames.length);
  for (let t = 0; t < 16; t++) still.set(clip.frames.subarray(0, still.length / 16), (t * still.length) / 16);
  for (const [name, prompt, frames] of [
    ["wrong.safetensors", "a large red ball hits a small purple ball", clip.frames],
    ["still.safetensors", clip.prompt, still],
  ] as const) {
    await dropFile(
      page,
      name,
      writeSafetensors({ frames: { dtype: "U8", shape: [16, 64, 64, 3], data: frames } }, { prompt }),
    );
    await page.getByText(name).first().waitFor();
    expect(await joint(page), name).toBe("fails");
  }
  // The address follows when the settings rest.
  await expect.poll(() => page.url()).toContain("still.safetensors");
  const again = await open({ hash: new URL(page.url()).hash });
  await again.page.getByRole("heading", { name: "This link shows “still.safetensors”" }).waitFor();
  await again.page.getByRole("button", { name: "Judge a clip of the sandbox" }).click();
  expect(await joint(again.page)).toBe("holds");
});

test("what is no clip has its panel with the next action", async () => {
  const { page, problems } = await open({ hash: LINK });
  await joint(page);
  const panel = page.locator("[data-failure=clip-file]");
  for (const [name, bytes, says] of [
    ["noise.safetensors", new Uint8Array(500).fill(7), /truncated or not a safetensors file/],
    ["empty.safetensors", writeSafetensors({}), /no tensor "frames" of U8 \[16,64,64,3\]/],
    [
      "cat.safetensors",
      writeSafetensors(
        { frames: { dtype: "U8", shape: [16, 64, 64, 3], data: new Uint8Array(16 * 64 * 64 * 3) } },
        { prompt: "a cat" },
      ),
      /"cat" \(word 2\)/,
    ],
  ] as const) {
    await dropFile(page, name, bytes);
    await panel.filter({ hasText: name }).waitFor();
    expect(await panel.innerText()).toMatch(says);
    expect(await page.getByRole("button", { name: "Open another file …" }).isVisible()).toBe(true);
  }
  expect(await axeFaults(page)).toEqual([]);
  await page.getByRole("button", { name: "Back to the first clip" }).click();
  expect(await joint(page)).toBe("holds");
  expect(problems).toEqual([]);
});
