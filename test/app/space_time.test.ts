// The space-time block, driven as the user would: pointer, keys, buttons, links.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { figureShown, spoken, withApp } from "../support/app.ts";

const open = withApp();

const SPACE = "#v=1&stage=space-time";
const block = (page: Page) => page.getByTestId("space-time");
const words = (page: Page) => page.getByTestId("space-time-words").innerText();
const renders = async (page: Page) => Number(await block(page).getAttribute("data-renders"));

/** Waits until the block has been drawn and rests. */
async function drawn(page: Page): Promise<number> {
  await page.waitForSelector("[data-testid=space-time][data-renders]", { timeout: 60_000 });
  let before = -1;
  await expect
    .poll(
      async () => {
        const now = await renders(page);
        const rests = now === before;
        before = now;
        return rests;
      },
      { interval: 400 },
    )
    .toBe(true);
  return before;
}

/** Waits for `count` frames of the page, in each of which it could have drawn. */
const frames = (page: Page, count: number) =>
  page.evaluate(async (left) => {
    for (let i = 0; i < left; i++) await new Promise(requestAnimationFrame);
  }, count);

const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();

test("three.js comes with the first opening and not before; nothing is drawn while nothing changes", async () => {
  const { page, problems, requests } = await open();
  await figureShown(page);
  const scene = () => requests.filter((url) => /lazy-.*\.js/.test(url)).length;
  expect(scene()).toBe(0);
  await press(page, "Space-time");
  const before = await drawn(page);
  expect(scene()).toBe(1);
  await expect.poll(() => new URL(page.url()).hash).toBe("#v=1&stage=space-time");
  await frames(page, 60);
  expect(await renders(page)).toBe(before);
  expect(problems).toEqual([]);
});

test("keys move the query and the camera, and the link restores both", async () => {
  const { page } = await open({ hash: SPACE });
  await drawn(page);
  expect(await words(page)).toMatch(
    /^τ 0\.02\. query: from frame 0 row 6 column 14 to frame 7 row \d+ column \d+; most sure at frame \d \(\d\.\d\d\), least at frame \d/,
  );
  await spoken(page, "from frame 0 row 6 column 14 to frame 7");
  await block(page).focus();
  for (const key of ["ArrowDown", "ArrowLeft"]) await page.keyboard.press(key);
  await expect.poll(() => words(page)).toContain("from frame 0 row 7 column 13");
  for (const key of ["l", "i", "+"]) await page.keyboard.press(key);
  await expect.poll(() => page.url()).toContain("eye=60_28_125");
  await page.getByText("seen from 60 degrees round and 28 above, zoom 125 percent").waitFor({ state: "attached" });
  await page.keyboard.press("t");
  await expect.poll(() => page.url()).toContain("eye=90_90_100");
  const link = new URL(page.url()).hash;

  const again = await open({ hash: link });
  await drawn(again.page);
  expect(await words(again.page)).toContain("from frame 0 row 7 column 13");
  expect(new URL(again.page.url()).hash).toBe(link);
});

test("a click on a frame queries the token under the pointer, a drag turns the block, Shift adds a query", async () => {
  const { page } = await open({ hash: `${SPACE}&eye=0_0_100&tracks=0` });
  await drawn(page);
  const box = await block(page).boundingBox();
  if (!box) throw new Error("the block has no box");
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  // From the front the middle of the picture is the middle of frame 0: row 6 or 7 of 14, column 9 or 10 of 20.
  await page.mouse.click(x + 4, y + 4);
  await expect.poll(() => page.url()).toMatch(/q=0\.7\.10/);
  expect(page.url()).toContain("eye=0_0_100");
  await page.keyboard.down("Shift");
  await page.mouse.click(x - 40, y + 4);
  await page.keyboard.up("Shift");
  await expect.poll(() => page.url()).toMatch(/q=0\.7\.10_0\.7\.[89]/);
  await expect.poll(() => words(page)).toMatch(/query 1: .* query 2: /);
  const before = page.url();
  await page.mouse.move(x, y);
  await page.getByText(/^frame 0, row [67], column (9|10): p = /).waitFor();
  await page.mouse.down();
  for (let i = 1; i <= 10; i++) await page.mouse.move(x + 12 * i, y + 3 * i);
  await page.mouse.up();
  await expect.poll(() => page.url()).toMatch(/eye=-\d+_\d+_/);
  expect(new URL(page.url()).hash).toContain(new URLSearchParams(new URL(before).hash.slice(1)).get("q") ?? "?");
});

test("the value under a pointer that rests follows the query, and goes when the camera moves", async () => {
  const { page } = await open({ hash: `${SPACE}&eye=0_0_100&tracks=0` });
  await drawn(page);
  const box = await block(page).boundingBox();
  if (!box) throw new Error("the block has no box");
  const [x, y] = [box.x + box.width / 2 + 4, box.y + box.height / 2 + 4];
  const readout = page.getByText(/^frame 0, row 7, column 10: p = /);
  const value = async () => Number((await readout.innerText()).split("p = ")[1]);
  await page.mouse.move(x, y);
  expect(await value()).toBeLessThan(0.1);
  // In its own frame a query is surest of itself.
  await page.mouse.down();
  await page.mouse.up();
  await expect.poll(value).toBeGreaterThan(0.3);
  for (const key of ["ArrowLeft", "ArrowLeft", "ArrowLeft"]) await page.keyboard.press(key);
  await expect.poll(() => words(page)).toContain("from frame 0 row 7 column 7");
  expect(await value()).toBeLessThan(0.1);
  await page.keyboard.press("l");
  const any = page.getByText(/^frame \d, row \d+, column \d+: p = /);
  await any.waitFor({ state: "hidden" });
  // Nor does the next answer bring it back.
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => words(page)).toContain("from frame 0 row 7 column 8");
  expect(await any.isVisible()).toBe(false);
  await page.mouse.move(x + 1, y);
  await any.waitFor();
});

test("one finger turns the block, two zoom it, and neither moves the query", async () => {
  const { page } = await open({ hash: SPACE, hasTouch: true, viewport: { width: 800, height: 700 } });
  await drawn(page);
  const box = await block(page).boundingBox();
  if (!box) throw new Error("the block has no box");
  // However high the rail beside it is: a finger on the block cannot scroll the page.
  expect(box.y + box.height).toBeLessThanOrEqual(700);
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const cdp = await page.context().newCDPSession(page);
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", touchPoints: { x: number; y: number; id: number }[]) =>
    cdp.send("Input.dispatchTouchEvent", { type, touchPoints });
  const eye = () =>
    new URL(page.url()).hash
      .match(/eye=(-?\d+)_(-?\d+)_(\d+)/)
      ?.slice(1)
      .map(Number);

  await touch("touchStart", [{ x, y, id: 0 }]);
  for (let i = 1; i <= 8; i++) await touch("touchMove", [{ x: x + 10 * i, y, id: 0 }]);
  await touch("touchEnd", []);
  await expect.poll(eye).toBeDefined();
  const [around, , zoom] = eye() ?? [];
  // It opens 52 degrees round, and turns to the right with the finger.
  expect(around).toBeLessThan(52);

  const fingers = (apart: number) => [
    { x, y, id: 0 },
    { x: x + apart, y, id: 1 },
  ];
  await touch("touchStart", fingers(60).slice(0, 1));
  await touch("touchStart", fingers(60));
  for (let i = 1; i <= 8; i++) await touch("touchMove", fingers(60 + 10 * i));
  await touch("touchEnd", []);
  await expect.poll(() => (eye()?.[2] ?? 0) / zoom).toBeGreaterThan(1.2);
  expect(page.url()).not.toContain("q=");
});

test("the picture of a block at rest has the screen's own pixels, whatever was drawn while it moved", async () => {
  const { page } = await open({ hash: SPACE });
  await drawn(page);
  const size = () =>
    block(page).evaluate((host) => {
      const canvas = host.querySelector("canvas");
      return canvas && [canvas.width, canvas.height, host.clientWidth, host.clientHeight];
    });
  const box = await block(page).boundingBox();
  if (!box) throw new Error("the block has no box");
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let i = 1; i <= 40; i++) await page.mouse.move(x + 4 * i, y + i);
  await page.mouse.up();
  const rested = await drawn(page);
  const [width, height, wide, tall] = (await size()) ?? [];
  expect([width, height]).toEqual([wide, tall]);
  await frames(page, 60);
  expect(await renders(page)).toBe(rested);
});

test("cooling turns the cloud into a thread, and the words follow the one temperature", async () => {
  const { page } = await open({ hash: `${SPACE}&tau=0.2` });
  const before = await drawn(page);
  const widest = async () => Number((await words(page)).match(/spread over ([\d.]+) by/)?.[1]);
  expect(await widest()).toBeGreaterThan(3);
  await page.getByRole("slider", { name: "τ" }).fill("60");
  await expect.poll(widest).toBeLessThan(2);
  expect(await renders(page)).toBeGreaterThan(before);
});

test("spacing, transparency and a height field are drawn and kept in the link", async () => {
  const { page, problems } = await open({ hash: SPACE });
  let last = await drawn(page);
  for (const [change, key] of [
    [() => page.getByRole("slider", { name: "Spacing" }).fill("900"), "depth="],
    [() => page.getByRole("slider", { name: "Frames" }).fill("900"), "opacity="],
    [() => page.getByLabel("Heat", { exact: true }).selectOption("height field"), "heat=lifted"],
    [() => page.getByLabel("Show the mask").check(), "mask=1"],
  ] as const) {
    await change();
    await expect.poll(() => page.url()).toContain(key);
    const now = await drawn(page);
    expect(now).toBeGreaterThan(last);
    last = now;
  }
  expect(problems).toEqual([]);
});

test("the flight follows the thread and comes back; with reduced motion it jumps from frame to frame", async () => {
  const { page } = await open({ hash: `${SPACE}&frames=4`, reducedMotion: "reduce" });
  const before = await drawn(page);
  await press(page, "Fly along the thread");
  await page.getByRole("button", { name: "Stop the flight" }).waitFor();
  await page.getByRole("button", { name: "Fly along the thread" }).waitFor();
  // A picture for each of the four frames, and one back where it came from.
  const jumps = (await renders(page)) - before;
  expect(jumps).toBeGreaterThanOrEqual(4);
  expect(jumps).toBeLessThanOrEqual(4 + 2);
  await press(page, "Fly along the thread");
  await page.getByRole("button", { name: "Stop the flight" }).waitFor();
  await block(page).focus();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Fly along the thread" }).waitFor();
  expect(page.url()).not.toContain("eye");
  // A key of the camera lands first: what it does stays, and not in the link alone.
  await press(page, "Fly along the thread");
  await page.getByRole("button", { name: "Stop the flight" }).waitFor();
  await block(page).focus();
  await page.keyboard.press("l");
  await page.getByRole("button", { name: "Fly along the thread" }).waitFor();
  await expect.poll(() => page.url()).toContain("eye=60_20_100");
  await page.keyboard.press("l");
  await expect.poll(() => page.url()).toContain("eye=68_20_100");

  const moving = await open({ hash: `${SPACE}&frames=4`, viewport: { width: 800, height: 500 } });
  const still = await drawn(moving.page);
  await press(moving.page, "Fly along the thread");
  await moving.page.getByRole("button", { name: "Fly along the thread" }).waitFor();
  // More pictures than frames: it moves between them.
  expect((await renders(moving.page)) - still).toBeGreaterThan(2 * 4);
});

test("a press in flight lands and picks nothing: what lies under the pointer afterwards was not what was pressed", async () => {
  // Seven seconds of flight, however late a busy machine presses.
  const { page } = await open({ hash: SPACE, reducedMotion: "reduce", viewport: { width: 800, height: 700 } });
  await drawn(page);
  const box = await block(page).boundingBox();
  if (!box) throw new Error("the block has no box");
  await press(page, "Fly along the thread");
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await page.getByRole("button", { name: "Fly along the thread" }).waitFor();
  await page.keyboard.press("l");
  await expect.poll(() => page.url()).toContain("eye=60_20_100");
  expect(page.url()).not.toContain("q=");
  expect(await words(page)).toContain("from frame 0 row 6 column 14");
});

test("Compare shows teacher and student apart, and the truth where it is asked for", async () => {
  const { page, problems } = await open({ hash: `${SPACE}&view=compare&clip=discs&tau=0.05` });
  const bare = await drawn(page);
  const legend = page.getByRole("list", { name: "Legend" });
  expect(await legend.innerText()).toMatch(/teacher\s+student\s+best match/);
  expect(await words(page)).not.toContain("from the truth");
  await page.getByLabel("Truth", { exact: true }).check();
  await expect.poll(() => legend.innerText()).toMatch(/teacher\s+student\s+truth/);
  expect(await drawn(page)).toBeGreaterThan(bare);
  expect(await words(page)).toMatch(/teacher: .*from the truth\. student: .*from the truth/);
  await page.getByLabel("Whose").selectOption("the student's");
  await legend.getByText("p of student").waitFor();
  await expect.poll(() => page.url()).toContain("heat-of=student");
  await block(page).focus();
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => page.url()).toContain("q=0.4.3");
  await expect.poll(() => words(page)).toContain("teacher: from frame 0 row 4 column 3");
  expect(problems).toEqual([]);
});

test("Train: scrubbing the run moves the student's thread through its steps", async () => {
  const { page, problems } = await open({ hash: `${SPACE}&view=train&clip=discs&hidden=16.16.16&lr=0.003&steps=4` });
  await drawn(page);
  expect(await words(page)).not.toContain("student");
  await press(page, "Start");
  await page.locator("[data-testid=train-status][data-status=done]").waitFor({ timeout: 60_000 });
  await expect.poll(() => words(page)).toMatch(/step 4\. teacher: .* student: /);
  const last = await words(page);
  await page.getByRole("slider", { name: "Step on show" }).fill("1");
  await expect.poll(() => words(page)).toContain("step 1. teacher");
  const student = (text: string) => text.split("student: ")[1];
  expect(student(await words(page))).not.toBe(student(last));
  expect(problems).toEqual([]);
});
