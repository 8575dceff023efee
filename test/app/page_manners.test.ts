// What holds for all of the page: undo, a way past the controls, links that are not quite right, what to cite, losses that are remembered.
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { figureShown, spoken, withApp } from "../support/app.ts";

const open = withApp();

test("undo, the skip link, a link with mistakes, a copied link, and a tour that notices", async () => {
  const { page, problems, requests } = await open({
    hash: "#v=1&tau=abc&colour=red&rho=0.3",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  await figureShown(page);
  // They come a moment after the figure: with them, what is counted is the same on any machine.
  await page.getByRole("button", { name: "PDF", exact: true }).waitFor();
  // A view that is not on screen, a file that nobody brought: their code comes later.
  const scripts = requests.filter((url) => url.endsWith(".js"));
  const bodies = await Promise.all(scripts.map(async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer())));
  const bytes = bodies.map((body) => gzipSync(body).length).reduce((a, b) => a + b, 0);
  expect(bytes).toBeGreaterThan(200e3);
  expect(bytes).toBeLessThan(300e3);
  const notice = page.getByTestId("page-notice");
  expect(await notice.innerText()).toContain("2 parts that this page does not know");
  expect(await notice.innerText()).toContain("tau=abc, colour=red");
  await notice.getByRole("button", { name: "Dismiss" }).click();

  await page.evaluate(() => document.body.focus());
  await page.keyboard.press("Tab");
  await page.getByRole("button", { name: "Skip to the figure" }).press("Enter");
  expect(await page.evaluate(() => document.activeElement?.getAttribute("role"))).toBe("application");

  await page.getByText("1 of 4: pick a patch").waitFor();
  await spoken(page, "frame 0, row 6, column 14");
  await page.keyboard.press("ArrowDown");
  await spoken(page, "frame 0, row 7, column 14");
  await page.getByText("2 of 4: cool it").waitFor();
  await page.getByRole("slider", { name: "τ" }).press("ArrowLeft");
  await page.getByText("3 of 4: mask what stands still").waitFor();
  await expect.poll(() => page.url()).toContain("tau=0.015");
  for (const key of ["Control+z", "Control+z"]) await page.keyboard.press(key);
  await spoken(page, "frame 0, row 6, column 14");
  await page.keyboard.press("Control+Shift+z");
  await spoken(page, "frame 0, row 7, column 14");

  await page.getByRole("button", { name: "Share, cite" }).click();
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/#v=1&q=0\.7\.14&rho=0\.3$/);
  await page.getByText("archivePrefix = {arXiv}").waitFor();
  await page.keyboard.press("Escape");

  // The button of the colours follows the system, too.
  await page.emulateMedia({ colorScheme: "dark" });
  await page.getByRole("button", { name: "Switch to light colours" }).waitFor();
  await page.emulateMedia({ colorScheme: "light" });
  await page.getByRole("button", { name: "Switch to dark colours" }).waitFor();

  // It ends at a student that learns; here, on a software adapter, a recorded one.
  await page.getByRole("slider", { name: "ρ" }).press("ArrowRight");
  await page.getByText("4 of 4: see a student learn").waitFor();
  await page.getByRole("button", { name: "Watch it learn" }).click();
  await page.getByTestId("student-recorded").waitFor();
  expect(problems).toEqual([]);
});

test("a comparison is pinned, what follows is held against it, and chance stands beside both", async () => {
  const { page } = await open({ hash: "#v=1&view=compare&clip=discs&encoder=raw-patches&frames=4&q=0.4.2&tau=0.1" });
  await figureShown(page);
  await page.getByRole("button", { name: "Pin this comparison" }).click({ timeout: 60_000 });
  await page.getByRole("button", { name: "What would chance give?" }).click();
  const number = (name: string) => async () =>
    Number((await page.locator(`[data-${name}=tsa]`).innerText()).replace("−", "-") || Number.NaN);
  await expect.poll(number("chance"), { timeout: 60_000 }).toBeGreaterThan(0.1);
  await page.getByLabel("Its clip").selectOption("frozen");
  await expect.poll(number("change"), { timeout: 60_000 }).toBeGreaterThan(0.01);
  // Less than a student that knows nothing would have.
  expect(await number("loss")()).toBeLessThan(await number("chance")());
});

test("by keys the focus stays with the names of the views; Help leads to the first steps from any of them", async () => {
  const { page, problems } = await open({ hash: "#v=1&clip=discs&encoder=raw-patches&frames=4" });
  await figureShown(page);
  await page.getByRole("button", { name: "Fold the notes away" }).click();
  const views = page.getByRole("navigation", { name: "Views" });
  const focused = () =>
    page.evaluate(() => {
      const at = document.activeElement;
      return at?.getAttribute("aria-current") === "page" ? at.textContent : null;
    });
  await views.getByRole("button", { name: "Explore" }).focus();
  for (const name of ["Compare", "Train", "Evaluate", "Explore", "Bench"]) {
    await views.getByRole("button", { name }).focus();
    await page.keyboard.press("Enter");
    await expect.poll(focused, { message: name }).toBe(name);
  }
  const help = async () => {
    await page.getByRole("button", { name: "Help", exact: true }).click();
    await page.getByRole("button", { name: "Show the first steps again" }).click();
    const first = page.getByRole("note").filter({ hasText: "1 of 4: pick a patch" });
    await expect.poll(() => first.evaluate((note) => note === document.activeElement)).toBe(true);
    const { y = -1, height = 0 } = (await first.boundingBox()) ?? {};
    expect(y).toBeGreaterThanOrEqual(0);
    expect(y + height).toBeLessThanOrEqual(page.viewportSize()?.height ?? 0);
  };
  await help();
  await page.getByRole("button", { name: "Skip", exact: true }).click();
  // From the view that it stands in, too, where the notes are long.
  await help();
  // It leads to them once.
  await views.getByRole("button", { name: "Bench" }).click();
  await views.getByRole("button", { name: "Explore" }).click();
  await page.getByText("1 of 4: pick a patch").waitFor();
  expect(await page.evaluate(() => document.activeElement?.getAttribute("role"))).not.toBe("note");
  expect(problems).toEqual([]);
});
