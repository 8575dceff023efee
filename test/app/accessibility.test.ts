import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { figureShown, pickFile, withApp } from "../support/app.ts";

const open = withApp();

async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
}

test.each([
  { colorScheme: "light", width: 1440 },
  { colorScheme: "dark", width: 1440 },
  { colorScheme: "light", width: 390 },
  { colorScheme: "dark", width: 900 },
] as const)("axe finds nothing: $colorScheme, $width px", async ({ colorScheme, width }) => {
  const { page } = await open({ colorScheme, viewport: { width, height: 900 } });
  await figureShown(page);
  expect(await violations(page)).toEqual([]);
});

test.each(["light", "dark"] as const)("axe finds nothing in Train: %s", async (colorScheme) => {
  const { page } = await open({ colorScheme, hash: "#v=1&view=train" });
  await figureShown(page);
  expect(await violations(page)).toEqual([]);
});

test("axe finds nothing in the menus and in a failure", async () => {
  const { page } = await open();
  await figureShown(page);
  await page.getByRole("button", { name: /^Clip:/ }).click();
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Help" }).click();
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await pickFile(page, "test/fixtures/video/text.mp4");
  await page.locator("[data-failure]").waitFor();
  expect(await violations(page)).toEqual([]);
});

test("everything can be reached and worked with the keyboard alone", async () => {
  const { page } = await open();
  await figureShown(page);
  const reached = new Set<string>();
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    reached.add(
      await page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.id ?? ""),
    );
  }
  for (const name of ["Play", "Window start", "Window end", "tau", "rho", "Help"]) expect([...reached]).toContain(name);
  expect([...reached].some((label) => label.startsWith("Correspondences of the query"))).toBe(true);
});
