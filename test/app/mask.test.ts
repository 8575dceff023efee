// A mask of the user's own, as the user meets it: painted by keyboard and pointer, saved, asked for by a link, used in Compare and Train, put away.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { dropFile, figureShown, withApp } from "../support/app.ts";
import { axeFaults } from "../support/axe.ts";

const open = withApp();
const PATCHES = "#v=1&clip=coffee&encoder=raw-patches&frames=4";

test("a mask is painted, saved, asked for by its link, trained with, and put away", async () => {
  const { page, problems } = await open({ hash: PATCHES });
  await figureShown(page);
  const section = page.getByRole("region", { name: "Motion mask" });
  await section.getByText(/keep.*56 of 280 tokens/).waitFor();
  await section.getByRole("button", { name: "Paint it" }).click();
  await section.getByRole("button", { name: "Clear" }).click();
  await section.getByText("“painted” stands for it: 0 of 280 tokens").waitFor();
  const figure = page.getByRole("application", { name: /^Painting the motion mask/ });
  await figure.focus();
  await figure.press("Enter");
  await figure.press("ArrowLeft");
  await figure.press("Enter");
  await section.getByText("0 to 2 of 280").waitFor();
  await figure.press("s");
  await section.getByText(": 2 of 280").waitFor();
  await figure.press("e");
  await figure.press(" ");
  await section.getByText("1 to 2 of 280").waitFor();
  // Space was the brush's, and does not play the clip as well.
  expect(await page.getByRole("button", { name: "Play", exact: true }).isVisible()).toBe(true);
  await section.getByLabel("Erase").setChecked(false);
  await section.getByLabel("Brush").selectOption("3×3 tokens");
  await figure.click({ position: { x: 150, y: 60 } });
  await section.getByText(/(10|11) of 280/).waitFor();

  // A finger paints on its way down, where the page would scroll.
  await section.getByRole("button", { name: "Clear" }).click();
  await section.getByText(": 0 of 280").waitFor();
  const frame = await page.getByTestId("focus").boundingBox();
  if (!frame) throw new Error("the frame has no box");
  const cdp = await page.context().newCDPSession(page);
  const touch = (type: string, share?: number) =>
    cdp.send("Input.dispatchTouchEvent", {
      type: type as "touchStart",
      touchPoints: share === undefined ? [] : [{ x: frame.x + frame.width / 2, y: frame.y + frame.height * share }],
    });
  await touch("touchStart", 0.2);
  for (let share = 0.25; share < 0.8; share += 0.05) await touch("touchMove", share);
  await touch("touchEnd");
  await section.getByText(/0 to (2|3)\d of 280/).waitFor();
  await figure.press("Escape");
  expect(await axeFaults(page)).toEqual([]);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    section.getByRole("button", { name: "Save it" }).click(),
  ]);
  const saved = readFileSync(await download.path());

  await expect.poll(() => page.url()).toMatch(/marks=mask%3A[0-9a-f]{16}%3Apainted/);
  const link = page.url();
  await page.goto("about:blank");
  await page.goto(link);
  const panel = page.locator("[data-failure=mask-missing]");
  await panel.waitFor();
  expect(await panel.innerText()).toMatch(
    /This mask is not here.*the mask “painted” was painted on the page in another visit.*drop that file here/s,
  );
  await dropFile(page, "renamed.safetensors", saved);
  await section.getByText("“painted” stands for it").waitFor();
  await expect.poll(() => panel.count()).toBe(0);

  await page.getByRole("navigation").getByRole("button", { name: "Train" }).click();
  await page.getByLabel("Loss", { exact: true }).selectOption({ label: "M-TSA" });
  await page.getByText("The tokens of your mask “painted” are asked").waitFor();
  await page.getByRole("button", { name: "One step" }).click();
  await page.getByTestId("runs").locator("tbody tr").waitFor();
  await page.getByRole("button", { name: "Put it away" }).click();
  await expect.poll(() => page.url()).not.toMatch(/marks=/);
  expect(problems).toEqual([]);
});
