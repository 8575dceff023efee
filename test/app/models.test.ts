// A model of the user's own, as the user meets it: guessed, corrected, tried, used, kept for the next visit, deleted.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { dropFile, figureShown, withApp } from "../support/app.ts";
import { axeFaults } from "../support/axe.ts";

const open = withApp();

test("a model is asked about once, becomes an encoder, and is there again in the next visit until it is deleted", async () => {
  const { page, problems } = await open({ hash: "#v=1&clip=coffee&encoder=raw-patches&frames=4" });
  await figureShown(page);
  const share = page.getByRole("button", { name: "Share, cite" });
  await share.focus();
  await dropFile(page, "vit.onnx", readFileSync("test/fixtures/brought/vit.onnx"));
  const dialog = page.getByRole("dialog", { name: "How “vit” takes frames" });
  await dialog.locator("[data-tried=yes]").waitFor();
  // One token in front, of which the file says nothing, was found by the first run.
  expect(await dialog.getByRole("status").innerText()).toMatch(
    /^One frame gave \[1, 17, 8\]: 4×4 tokens of 8 channels, in .* on the CPU\.$/,
  );
  expect(await dialog.getByLabel("Tokens in front").inputValue()).toBe("1");
  expect(await axeFaults(page, { within: "dialog" })).toEqual([]);
  const patch = dialog.getByLabel("Patch, px");
  await patch.fill("8");
  await patch.press("Enter");
  await dialog.locator("[data-tried=no]").waitFor();
  expect(await dialog.getByRole("status").innerText()).toMatch(
    /17 tokens: 7×7 of 8 px are 49 and 1 in front; patches of 14 px and 1 in front would fit/,
  );
  expect(await dialog.getByRole("button", { name: "Use it" }).count()).toBe(0);
  await dialog.getByLabel("Patch, px").fill("14");
  await dialog.getByLabel("Patch, px").press("Enter");
  await dialog.locator("[data-tried=yes]").waitFor();
  await dialog.getByLabel(/Keep it in this browser/).check();
  await dialog.getByRole("button", { name: "Use it" }).click();
  const status = page.locator("footer");
  await status.filter({ hasText: "4×4×4" }).waitFor();
  const section = page.getByRole("region", { name: "What the encoder sees" });
  await section.getByText("“vit”, 0.0 MB, is kept in this browser").waitFor();
  // The dialog gives the focus back, accepted as well as left.
  expect(await share.evaluate((button) => button === document.activeElement)).toBe(true);

  await expect.poll(() => page.url()).toMatch(/encoder=model%3A[0-9a-f]{16}/);
  const link = page.url();
  await page.goto("about:blank");
  await page.goto(link);
  await status.filter({ hasText: "4×4×4" }).waitFor();
  await section.getByRole("button", { name: "Delete it" }).click();
  await section.getByRole("button", { name: "Keep “vit”" }).waitFor();
  expect(await page.locator("[data-failure]").count()).toBe(0);

  await dropFile(page, "unknown.onnx", readFileSync("test/fixtures/brought/unknown.onnx"));
  const unknown = page.getByRole("dialog", { name: "How “unknown” takes frames" });
  await unknown.locator("[data-tried=no]").waitFor();
  expect(await unknown.getByRole("status").innerText()).toMatch(/no operator com\.example:Sharpen/);
  await unknown.getByRole("button", { name: "Leave it" }).click();
  expect(problems.filter((text) => !/Sharpen|onnxruntime/.test(text))).toEqual([]);
});
