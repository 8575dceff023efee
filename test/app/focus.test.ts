// The large frame, the rows of the table beside it, and what both say of a match without a truth.
import { expect, test } from "vitest";
import { figureShown, spoken, withApp } from "../support/app.ts";

const open = withApp();

test("the large frame is stepped, wiped and switched; rows are added, sorted and merged; the link restores all of it", async () => {
  const { page, problems } = await open({ hash: "#v=1&clip=discs" });
  await figureShown(page);
  const focus = page.getByTestId("focus");
  const frame = () => focus.getAttribute("data-frame");
  const box = await focus.boundingBox();
  // 14 tokens of 16 px: one of 8 px would be half as wide, and could still be aimed at.
  expect((box?.width ?? 0) / 28).toBeGreaterThanOrEqual(12);
  await page.getByRole("application").focus();
  for (const key of [".", ".", ".", ","]) await page.keyboard.press(key);
  await expect.poll(frame).toBe("2");
  await page.keyboard.press("End");
  await expect.poll(frame).toBe("7");
  await page.getByLabel("Frame on show").fill("5");
  await expect.poll(frame).toBe("5");
  // Without a truth: the match, and what its way back says of it.
  await expect.poll(() => page.getByTestId("facts").innerText()).toMatch(/The match holds[\s\S]*to the query itself/);
  expect(await page.getByTestId("doubt-overall").innerText()).toMatch(/Of the other 7 frames it holds in \d/);

  const labels = () => page.getByTestId("panes").locator("strong").allInnerTexts();
  expect(await labels()).toEqual(["clip", "raw", ..."1 0.5 0.1 0.05 0.02 0.01".split(" ").map((tau) => `τ = ${tau}`)]);
  await page.getByRole("button", { name: "0.1", exact: true }).first().click();
  await expect.poll(labels).toEqual(["clip", "raw", ..."1 0.5 0.1 0.05 0.01".split(" ").map((tau) => `τ = ${tau}`)]);
  await page.getByLabel(/^Add a row/).fill("0.3");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Remove the row τ = 1", exact: true }).click();
  await expect.poll(labels).toEqual(["clip", "raw", ..."0.5 0.3 0.1 0.05 0.01".split(" ").map((tau) => `τ = ${tau}`)]);

  await page.getByLabel("wipe to").selectOption("τ = 0.5");
  await page.getByLabel("Place of the wipe").fill("30");
  await page.getByLabel("shows").selectOption("raw");
  await expect.poll(() => page.url()).toMatch(/frame=5.*row=raw.*wipe=tau%3A0\.5.*rows=0\.5_0\.3_0\.1_0\.05_0\.01/);
  // The pointer rests on another frame of the table when the key puts the table away.
  await page.getByRole("application").focus();
  await page.getByTestId("panes").hover({ position: { x: 90, y: 60 } });
  await expect.poll(frame).toBe("0");
  await page.keyboard.press("f");
  await expect.poll(() => page.getByTestId("panes").count()).toBe(0);
  await expect.poll(frame).toBe("5");
  await expect.poll(() => page.url()).toContain("stage=frame");

  const again = await open({ hash: new URL(page.url()).hash });
  await figureShown(again.page);
  expect(await again.page.getByTestId("focus").getAttribute("data-frame")).toBe("5");
  expect(await again.page.getByLabel("shows").inputValue()).toBe("raw");
  expect(await again.page.getByTestId("panes").count()).toBe(0);
  expect(problems).toEqual([]);
});

test("the best τ is found without a truth and taken, with the curve that is its reason and the truth beside it", async () => {
  const { page } = await open({ hash: "#v=1&tau=0.2" });
  await figureShown(page);
  await spoken(page, "frame 0, row 6, column 14");
  await page.getByRole("button", { name: "Find the best τ" }).click();
  const curve = page.getByTestId("tau-curve");
  await curve.getByText(/is the warmest that loses nothing/).waitFor();
  expect(await curve.getByRole("img").getAttribute("aria-label")).toContain("right, by the truth");
  // Asked for, it is taken; who steers away can take it again.
  await expect.poll(() => page.url()).toMatch(/tau=0\.01/);
  await page.getByRole("button", { name: "0.5", exact: true }).first().click();
  await expect.poll(() => page.url()).toContain("tau=0.5");
  await curve.getByRole("button", { name: /^Take τ = / }).click();
  await expect.poll(() => page.url()).toMatch(/tau=0\.01/);
});
