// Shots and first windows of real films, as the worker sees them.
import { expect, test } from "vitest";
import { openClip } from "../../src/video/clip.ts";
import { openFixture } from "./video_fixtures.ts";

const builtIn = async (id: string) => openClip(await (await fetch(`/public/clips/${id}.mp4`)).blob(), id);

test.each([
  "h264.mp4",
  "vp8.webm",
  "av1.mp4",
  "variable-rate.mp4",
  "burst.mp4",
  "b-frames.mp4",
  "open-gop.mkv",
  "truncated.mp4",
])("%s is one shot", async (name) => {
  const clip = await openFixture(name);
  expect((await clip.survey(0, false)).cutsS).toEqual([]);
  clip.close();
});

test("a cat and then a cup are cut where the one ends, and the first window keeps to one of them", async () => {
  const clip = await openFixture("cut.mp4");
  const { cutsS, start, toS } = await clip.survey(0, true);
  expect(cutsS).toEqual([expect.closeTo(1, 3)]);
  expect(toS).toBeCloseTo(2, 2);
  const { startS = 0.5, lengthS = 2 } = start ?? {};
  expect(startS + lengthS <= 1.001 || startS >= 0.999).toBe(true);
  clip.close();
});

test.each([
  ["big-buck-bunny", true],
  ["discs", true],
  ["coffee", false],
  ["chelsea", false],
])("%s is one shot, in which something moves beside the camera: %s", async (id, moves) => {
  const clip = await builtIn(id);
  const { cutsS, start } = await clip.survey(0, true);
  expect(cutsS).toEqual([]);
  expect(start).toMatchObject({ moves });
  clip.close();
});
