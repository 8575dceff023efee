// The small player in the timeline and the column that it lights up are at the same picture.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { figureShown, pickFile, withApp } from "../support/app.ts";

const open = withApp();

/** What is lit and, where there is a video, at which second of its own clock it is, over the first loop or so. */
async function watched(page: Page, seconds: number): Promise<{ column: number; clock: number | null }[]> {
  await page.getByRole("button", { name: "Play", exact: true }).click();
  return page.evaluate(async (length) => {
    const seen: { column: number; clock: number | null }[] = [];
    for (const end = performance.now() + 1000 * length; performance.now() < end; ) {
      await new Promise(requestAnimationFrame);
      const lit = document.querySelector<HTMLElement>("[class*=playing][data-frame]");
      const video = document.querySelector<HTMLVideoElement>("video[aria-label='The clip']");
      if (!lit || video?.seeking) continue;
      const column = Number(lit.dataset.frame);
      seen.push({ column, clock: video?.currentTime ?? null });
    }
    return seen;
  }, seconds);
}

test("a picture that starts after its sound plays from its first frame to its last", async () => {
  const { page, problems } = await open({ hash: "#v=1&encoder=raw-patches&frames=12" });
  await figureShown(page);
  await pickFile(page, "test/fixtures/video/late-video.mp4");
  await page.getByText("from 160×96 H.264").waitFor();
  await figureShown(page);
  const seen = await watched(page, 3);
  expect(seen.length).toBeGreaterThan(10);
  for (const { column, clock } of seen) {
    // The first picture is at 1 s of the player's clock, and one column is a twelfth of a second.
    expect(clock).toBeGreaterThan(0.99);
    expect(clock).toBeLessThan(2.3);
    expect(Math.abs((clock ?? 0) - 1 - column / 12)).toBeLessThan(0.4);
  }
  expect(Math.max(...seen.map(({ column }) => column))).toBeGreaterThanOrEqual(10);
  expect(problems).toEqual([]);
});

test("what the browser decodes but does not play is played from its frames", async () => {
  const { page } = await open({
    hash: "#v=1&encoder=raw-patches&frames=8&clip=discs",
    // The worker has the file, the player something that it gives up on.
    prepare: (made) =>
      made.route("**/discs.mp4", (route) =>
        route.request().resourceType() === "media" ? route.fulfill({ body: "no video" }) : route.continue(),
      ),
  });
  await page.locator("canvas[aria-label='The clip']").waitFor();
  await figureShown(page);
  const seen = await watched(page, 2);
  expect(new Set(seen.map(({ column }) => column)).size).toBeGreaterThan(2);
  expect(seen.every(({ clock }) => clock === null)).toBe(true);
  expect(await page.locator("[data-failure]").count()).toBe(0);
});

test("the strip is seen nearer while the clip plays on", async () => {
  const { page, problems } = await open({ hash: "#v=1&encoder=raw-patches&frames=4&clip=discs" });
  await figureShown(page);
  await page.getByRole("button", { name: "Play", exact: true }).click();
  const [before, after] = await page.evaluate(async () => {
    const video = document.querySelector<HTMLVideoElement>("video[aria-label='The clip']");
    const nearer = document.querySelector<HTMLElement>("[aria-label='Show less of the clip']");
    if (!video || !nearer) throw new Error("there is no player");
    const until = async (is: () => boolean) => {
      while (!is()) await new Promise(requestAnimationFrame);
    };
    await until(() => video.currentTime > 0.4 && video.currentTime < 0.9);
    const pressed = video.currentTime;
    nearer.click();
    await until(() => video.currentTime !== pressed);
    return [pressed, video.currentTime];
  });
  expect(after).toBeGreaterThan(before);
  expect(await page.getByRole("button", { name: "Show more of the clip" }).isEnabled()).toBe(true);
  expect(problems).toEqual([]);
});
