// Point tracks of the user's own, as the user meets them: dropped, scored, marked by hand with the keyboard, saved and brought back.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { motionOf, parseTruth } from "../../src/video/truth.ts";
import { dropFile, figureShown, withApp } from "../support/app.ts";
import { axeFaultsInBothThemes } from "../support/axe.ts";

const open = withApp();
const PATCHES = "#v=1&clip=coffee&encoder=raw-patches&frames=4";

/** Points spread over the clip, where they truly are in each of its frames. */
function trueTracks(): string {
  const truth = motionOf(parseTruth(JSON.parse(readFileSync("public/clips/coffee.truth.json", "utf8"))));
  const lines = ["track,frame,x,y,visible"];
  for (let n = 0; n < 24; n++) {
    const [x, y] = [20 + 55 * (n % 6), 30 + 50 * Math.floor(n / 6)];
    for (let frame = 0; frame < 24; frame++) {
      const at = truth.track(0, x, y, frame, [0, 0]);
      if (at.visible) lines.push([n, frame, at.x.toFixed(2), at.y.toFixed(2), 1].join());
    }
  }
  return `${lines.join("\n")}\n`;
}

test("tracks that are dropped are shown and scored, and those that do not fit have their sentence", async () => {
  const { page, problems } = await open({ hash: PATCHES });
  await figureShown(page);
  await dropFile(page, "points.csv", Buffer.from(trueTracks()));
  const section = page.getByRole("region", { name: "Point tracks" });
  await section.getByText("“points.csv”: 24 tracks").waitFor();
  const rows = page.getByTestId("track-scores").locator("tbody tr");
  await expect.poll(() => rows.count()).toBeGreaterThan(9);
  const shares = async (name: string) => {
    const cells = await rows
      .filter({ has: page.getByRole("rowheader", { name, exact: true }) })
      .locator("td")
      .allInnerTexts();
    return cells.map(Number);
  };
  const [still, cold] = [await shares("stays"), await shares("0.02")];
  // Of this clip's camera raw patches know more than nothing, and each wider circle holds what the narrower one holds.
  expect(cold[6]).toBeGreaterThan(still[6]);
  for (const all of [still, cold]) expect(all.slice(0, 5)).toEqual(all.slice(0, 5).toSorted((a, b) => a - b));

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Scores, CSV" }).click(),
  ]);
  const table = readFileSync(await download.path(), "utf8")
    .trim()
    .split("\n");
  expect(table[0]).toBe(
    "encoder_name,grid,by,tau,delta_1,delta_2,delta_4,delta_8,delta_16,delta_mean,within_one_token,points,places," +
      "clip,clip_sha256,window_start_s,window_length_s,encoder,encoder_sha256,tempered_version,created,link",
  );
  expect(table[1]).toMatch(/^raw patches,4x\d+x\d+,still,,.*,raw-patches,/);

  // Another encoder is a row and a curve beside it.
  await page.getByRole("region", { name: "What the encoder sees" }).getByLabel("Token").selectOption({ index: 1 });
  await page.getByRole("rowheader", { name: /^raw patches 28×40/ }).waitFor();
  expect(await axeFaultsInBothThemes(page)).toEqual([]);

  await dropFile(page, "late.csv", Buffer.from("track,frame,x,y\na,24,10,10\n"));
  const panel = page.locator("[data-failure=truth-file]");
  await panel.waitFor();
  expect(await panel.innerText()).toMatch(/late.csv: line 2 is of frame 24 and .* has frames 0 to 23/);
  expect(problems).toEqual([]);
});

test("points are marked by the keyboard, saved, and come back", async () => {
  const { page, problems } = await open({ hash: PATCHES });
  await figureShown(page);
  const section = page.getByRole("region", { name: "Point tracks" });
  await section.getByRole("button", { name: "Mark points" }).click();
  await section.getByText("Press where a thing is").waitFor();
  const figure = page.getByRole("application", { name: /^Marking points/ });
  await figure.focus();
  await figure.press("Enter");
  await section.getByText("1 track, 1 point.").waitFor();
  await figure.press("Shift+ArrowRight");
  await figure.press("ArrowRight");
  await figure.press("Enter");
  await section.getByText("1 track, 2 points").waitFor();
  await figure.press("n");
  await page.getByTestId("panes").click({ position: { x: 150, y: 60 } });
  await section.getByText("2 tracks, 3 points").waitFor();
  await page.keyboard.press("Control+z");
  await section.getByText("1 track, 2 points").waitFor();
  await page.keyboard.press("Control+Shift+Z");
  await section.getByText("2 tracks, 3 points").waitFor();
  await figure.press("Escape");

  // Another clip has none of them; this one has them again.
  const inMenu = async (title: RegExp) => {
    await page.getByRole("button", { name: /^Clip: / }).click();
    await page.getByRole("button", { name: title }).first().click();
  };
  await inMenu(/^Two discs pass/);
  await section.getByRole("button", { name: "Open tracks …" }).waitFor();
  await inMenu(/^Coffee/);
  await section.getByText("2 tracks, 3 points").waitFor();
  await section.getByRole("button", { name: "Mark points" }).waitFor();

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    section.getByRole("button", { name: "Save points" }).click(),
  ]);
  const saved = readFileSync(await download.path());
  expect(
    saved
      .toString()
      .split("\n")
      .map((line) => line.split(",").slice(0, 2).join()),
  ).toEqual(["track,frame", "0,0", "0,6", "1,0", ""]);
  await section.getByRole("button", { name: "Put away" }).click();
  await section.getByRole("button", { name: "Open tracks …" }).waitFor();
  await dropFile(page, download.suggestedFilename(), saved);
  await section.getByText("2 tracks, 3 points").waitFor();
  await page.getByTestId("track-scores").waitFor();
  expect(problems).toEqual([]);
});
