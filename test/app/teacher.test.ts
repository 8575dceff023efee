// Our small VideoMAEv2 in the page: picked beside XFeat, measured against a simulated clip's truth.
import { expect, test } from "vitest";
import { figureShown, statusText, withApp } from "../support/app.ts";

const open = withApp();
const CLIP = "clip=sandbox%3A7%3Aa+large+red+ball+hits+a+small+blue+ball";

test("picked on a simulated clip it takes its own input and temperature, finds what moved, and lets go again", async () => {
  const { page, problems } = await open({ hash: `#v=1&encoder=raw-patches&frames=4&q=2.8.8&${CLIP}` });
  await figureShown(page);
  await page.getByLabel("Encoder", { exact: true }).selectOption("our VideoMAE");
  await expect.poll(() => statusText(page)).toContain("16 frames 64×64, 16×8×8 tokens");
  // Frame 2 of 4 is frame 8 of 16; the middle of token 8 of 16 lies in token 4 of 8.
  expect(new URL(page.url()).hash).toMatch(/encoder=videomae&token=8&frames=16&q=8\.4\.4&tau=0\.1/);
  await page.getByText("It takes one input only: 16 frames of 64×64 px in tokens of 8 px.").waitFor();
  await page.getByText("each pair of columns has the same features").waitFor();
  expect(await page.getByLabel("Frames", { exact: true }).count()).toBe(0);

  const agreement = page.getByRole("row").filter({ has: page.getByRole("cell") });
  await page.getByText("Share of all tokens of frame 8").waitFor();
  const cells = (await agreement.allInnerTexts()).map((row) => row.split("\t").map(Number));
  const rows = cells.filter((row) => row.length === 6 && row[5] > 0);
  const moved = rows.reduce((sum, row) => sum + row[5], 0);
  const found = (column: number) => rows.reduce((sum, row) => sum + row[column] * row[5], 0) / moved;
  expect(moved).toBeGreaterThan(20);
  // Here .90 and .95; the card: .92 and .96 over 64 held-out clips. One clip's tokens share their fate; standing still is 0.
  expect(found(3)).toBeGreaterThan(0.7);
  expect(found(4)).toBeGreaterThan(0.7);

  await page.getByLabel("Encoder", { exact: true }).selectOption("raw patches");
  await expect.poll(() => statusText(page)).toContain("8 frames 256×256, 8×16×16 tokens");
  await expect.poll(() => new URL(page.url()).hash).not.toMatch(/token=|frames=|tau=/);
  expect(problems).toEqual([]);
});

test("a video is squeezed and the page says so; a window of too few frames has a sentence and a way back", async () => {
  const { page, problems } = await open({ hash: "#v=1&encoder=videomae&clip=discs" });
  await figureShown(page);
  expect(await statusText(page)).toContain("16 frames 64×64, 16×8×8 tokens");
  await page.getByText("this clip is squeezed to 64×64 px").waitFor();
  await page.getByLabel("Length, s", { exact: true }).fill("0.3");
  await page.keyboard.press("Enter");
  const panel = page.getByRole("alert");
  await panel
    .getByRole("paragraph")
    .filter({ hasText: /VideoMAEv2, small takes exactly 16 frames, got \d+: choose a longer window, or XFeat/ })
    .waitFor();
  await panel.getByRole("button", { name: /^Back to/ }).click();
  await figureShown(page);
  expect(problems).toEqual([]);
});
