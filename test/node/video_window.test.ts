import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fitWithin, shrinkSteps } from "../../src/video/resize.ts";
import { VideoError } from "../../src/video/types.ts";
import { chooseFrames, fitWindow, seconds } from "../../src/video/window.ts";

const clip = { name: "clip.mp4", durationS: 600, framesPerSecond: 24 };

describe("chooseFrames", () => {
  test("a window of exactly F frames gives every frame, one with fewer gives all", () => {
    expect(chooseFrames(8, 8)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(chooseFrames(3, 8)).toEqual([0, 1, 2]);
    expect(chooseFrames(240, 16)).toEqual(Array.from({ length: 16 }, (_, i) => i * 15));
    expect(chooseFrames(10, 4)).toEqual([0, 2, 5, 7]);
  });

  test("starts at 0, stays below n, and its steps differ by at most 1", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5000 }), fc.integer({ min: 4, max: 32 }), (available, frames) => {
        const chosen = chooseFrames(available, frames);
        const steps = chosen.slice(1).map((index, i) => index - chosen[i]);
        expect(chosen[0]).toBe(0);
        expect(chosen.at(-1)).toBeLessThan(available);
        expect(Math.min(...steps)).toBeGreaterThan(0);
        expect(Math.max(...steps) - Math.min(...steps)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe("fitWindow", () => {
  test("a window within the clip stays as it is", () => {
    const window = { startS: 590, lengthS: 10, frames: 16 };
    expect(fitWindow(window, clip)).toEqual({ window, notices: [] });
  });

  test("the whole of a long clip is trimmed to its first 10 s", () => {
    expect(fitWindow({ startS: 0, lengthS: 600, frames: 16 }, clip)).toEqual({
      window: { startS: 0, lengthS: 10, frames: 16 },
      notices: ["clip.mp4 is trimmed to its first 10 s of 600 s"],
    });
  });

  test("a window past the end is trimmed to the end, rounding of the duration apart", () => {
    const { window, notices } = fitWindow({ startS: 597.5, lengthS: 10, frames: 16 }, clip);
    expect(window.lengthS).toBe(2.5);
    expect(notices).toEqual(["the window was trimmed to 2.5 s: clip.mp4 ends at 600 s, not 607.5 s"]);
    expect(fitWindow({ startS: 595, lengthS: 5.01, frames: 16 }, clip).notices).toEqual([]);
  });

  test("a start at or past the end has no frames", () => {
    expect(() => fitWindow({ startS: 600, lengthS: 1, frames: 16 }, clip)).toThrow(VideoError);
    expect(() => fitWindow({ startS: 700, lengthS: 1, frames: 16 }, clip)).toThrow(
      "starts at 700 s but clip.mp4 ends at 600 s",
    );
  });

  test.each([
    [{ startS: -1, lengthS: 1, frames: 16 }, "startS must be 0 or more, got -1"],
    [{ startS: Number.NaN, lengthS: 1, frames: 16 }, "startS must be 0 or more, got NaN"],
    [{ startS: 0, lengthS: 0, frames: 16 }, "lengthS must be > 0, got 0"],
    [{ startS: 0, lengthS: 1, frames: 3 }, "from 4 to 32, got 3"],
    [{ startS: 0, lengthS: 1, frames: 33 }, "from 4 to 32, got 33"],
    [{ startS: 0, lengthS: 1, frames: 4.5 }, "from 4 to 32, got 4.5"],
  ])("%o is refused", (window, message) => {
    expect(() => fitWindow(window, clip)).toThrow(message);
  });
});

test("seconds are rounded down, so that a window said to end there leaves the frame out", () => {
  expect([0.625, 0.33, 10, 600, 0.3].map(seconds)).toEqual(["0.62 s", "0.33 s", "10 s", "600 s", "0.3 s"]);
});

test("shrinking goes by halves at most, and ends at the target", () => {
  expect(shrinkSteps({ width: 3840, height: 2160 }, { width: 288, height: 160 })).toEqual([
    { width: 1920, height: 1080 },
    { width: 960, height: 540 },
    { width: 480, height: 270 },
    { width: 288, height: 160 },
  ]);
  const side = fc.integer({ min: 1, max: 5000 });
  fc.assert(
    fc.property(side, side, side, side, (a, b, c, d) => {
      const [from, to] = [
        { width: a, height: b },
        { width: c, height: d },
      ];
      const steps = [from, ...shrinkSteps(from, to)];
      expect(steps.at(-1)).toEqual(to);
      for (const [i, step] of steps.slice(1).entries()) {
        expect(step.width * 2).toBeGreaterThanOrEqual(steps[i].width);
        expect(step.height * 2).toBeGreaterThanOrEqual(steps[i].height);
      }
    }),
  );
});

test("the display size keeps the aspect ratio and never grows", () => {
  expect(fitWithin({ width: 3840, height: 2160 }, 640)).toEqual({ width: 640, height: 360 });
  expect(fitWithin({ width: 1080, height: 1920 }, 640)).toEqual({ width: 360, height: 640 });
  expect(fitWithin({ width: 160, height: 96 }, 640)).toEqual({ width: 160, height: 96 });
  expect(fitWithin({ width: 5000, height: 2 }, 640)).toEqual({ width: 640, height: 1 });
});
