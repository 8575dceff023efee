import { expect, test } from "vitest";
import { figureShown, pickFile, withApp } from "../support/app.ts";
import { axeFaults } from "../support/axe.ts";

const open = withApp();

/** Light or dark, and how wide. One page serves them all: only its style changes. */
const LOOKS = {
  Explore: ["", ["light", 1440], ["dark", 1440], ["light", 390], ["dark", 900]],
  Train: ["#v=1&view=train", ["light", 1440], ["dark", 1440]],
} as const;

test.each(["Explore", "Train"] as const)("axe finds nothing in %s, light or dark, wide or narrow", async (view) => {
  const [hash, ...looks] = LOOKS[view];
  const { page } = await open({ hash });
  await figureShown(page);
  for (const [colorScheme, width] of looks) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    // In light, as wide, everything was asked.
    const contrastAlone = colorScheme === "dark" && width === 1440;
    expect(await axeFaults(page, { contrastAlone }), `${colorScheme}, ${width} px`).toEqual([]);
  }
});

test("axe finds nothing in the menus and in a failure", async () => {
  const { page } = await open();
  await figureShown(page);
  await page.getByRole("button", { name: /^Clip:/ }).click();
  expect(await axeFaults(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Help" }).click();
  expect(await axeFaults(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await pickFile(page, "test/fixtures/video/text.mp4");
  await page.locator("[data-failure]").waitFor();
  expect(await axeFaults(page)).toEqual([]);
});

test("everything can be reached and worked with the keyboard alone", async () => {
  const { page } = await open();
  await figureShown(page);
  const names = ["Play", "Window start", "Window end", "tau", "rho", "Help"];
  const reached = new Set<string>();
  const figureReached = () => [...reached].some((label) => label.startsWith("Correspondences of the query"));
  // Round the whole page at most: how many controls stand before the figure is what the skip link is for.
  for (let i = 0; i < 200 && !(figureReached() && names.every((name) => reached.has(name))); i++) {
    await page.keyboard.press("Tab");
    reached.add(
      await page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.id ?? ""),
    );
  }
  for (const name of names) expect([...reached]).toContain(name);
  expect(figureReached()).toBe(true);
});
