// What diffusers' own tiny CogVideoX gave, by the text of docs/bring-your-own.md (scale/tests/features_fixtures.py), as the user meets it.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { dropFile, figureShown, withApp } from "../support/app.ts";

const open = withApp();

test("one drop of a model's features and frames is a whole view, with noise levels to step through", async () => {
  const { page, problems } = await open({ hash: "#v=1&encoder=raw-patches&frames=4" });
  await figureShown(page);
  await dropFile(page, "cogvideox.safetensors", readFileSync("test/fixtures/features/cogvideox.safetensors"));
  await page.getByRole("button", { name: "Clip: cogvideox.safetensors" }).waitFor();
  const status = page.locator("footer").filter({ hasText: "3×6×6" });
  await status.filter({ hasText: "features of your own file" }).waitFor();
  await page.getByRole("button", { name: "Next layer" }).click();
  const menu = page.getByRole("region", { name: "What the encoder sees" }).getByLabel("Encoder");
  await expect.poll(() => menu.inputValue()).toMatch(/CogVideoX, block 2, t = 500$/);
  await figureShown(page);
  expect(problems).toEqual([]);
});
