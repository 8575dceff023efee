import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { askedWindow } from "../../../src/headless/window.ts";
import { fitWithin, shrinkSteps } from "../../../src/video/resize.ts";
import { VideoError } from "../../../src/video/types.ts";
import {
  chooseFrames,
  filled,
  fitWindow,
  framesOf,
  samplingNotices,
  seconds,
} from "../../../src/video/window/window.ts";

const clip = { name: "clip.mp4", durationS: 600, framesPerSecond: 24 };

describe("chooseFrames", () => {
  const rate = (count: number, stepS: number, startS = 0) =>
    Array.from({ length: count }, (_, i) => startS + i * stepS);
  const over = (timesS: readonly number[], frames: number, lengthS: number, startS = 0) =>
    chooseFrames(timesS, { startS, lengthS, frames });

  test("a window of exactly F frames gives every frame, one with fewer gives all", () => {
    expect(over(rate(8, 0.1), 8, 0.8)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(over(rate(3, 0.1), 8, 0.3)).toEqual([0, 1, 2]);
    expect(over([0, 0.1, 5], 4, 6)).toEqual([0, 1, 2]);
    expect(over(rate(240, 1 / 24), 16, 10)).toEqual(Array.from({ length: 16 }, (_, i) => i * 15));
    expect(over(rate(10, 1), 4, 10)).toEqual([0, 2, 5, 7]);
  });

  test("of two as near it is the earlier, though WebM's whole milliseconds hide that they are", () => {
    const even = Array.from({ length: 16 }, (_, i) => Math.floor(i * 1.5));
    expect(over(rate(24, 1 / 12), 16, 2)).toEqual(even);
    const rounded = rate(24, 1 / 12).map((timeS) => Math.round(timeS * 1000) / 1000);
    expect(over(rounded, 16, 2)).toEqual(even);
  });

  test("a rate that varies is followed in time, not in count", () => {
    const burst = [...rate(30, 1 / 30), ...rate(30, 0.3, 1)];
    expect(over(burst, 8, 9.7).map((n) => Number(burst[n].toFixed(2)))).toEqual([0, 1.3, 2.5, 3.7, 4.9, 6.1, 7.3, 8.5]);
    // Nothing moves on the screen from 0.4 to 9 s: no frame is taken twice.
    const still = [...rate(5, 0.1), ...rate(5, 0.1, 9)];
    expect(over(still, 4, 9.5)).toEqual([0, 4, 5, 6]);
  });

  test("each is the nearest to its moment wherever those differ, and none is taken twice", () => {
    const gaps = fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 4, maxLength: 80 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 4, max: 32 }), (steps, frames) => {
        const timesS = steps.map((_, i) => steps.slice(0, i).reduce((a, b) => a + b, 0));
        const lengthS = steps.reduce((a, b) => a + b);
        const chosen = over(timesS, frames, lengthS);
        const count = Math.min(frames, timesS.length);
        expect(new Set(chosen).size).toBe(count);
        expect(chosen.toSorted((a, b) => a - b)).toEqual(chosen);
        const nearest = Array.from({ length: count }, (_, i) => {
          const away = timesS.map((timeS) => Math.abs(timeS - (i * lengthS) / count));
          return away.indexOf(Math.min(...away));
        });
        if (new Set(nearest).size < count) return;
        for (const [i, n] of chosen.entries()) {
          const away = (at: number) => Math.abs(timesS[at] - (i * lengthS) / count);
          // Of two as near within the rounding of a WebM it may be either.
          expect(away(n)).toBeLessThan(away(nearest[i]) + 0.0025);
        }
      }),
    );
  });
});

describe("samplingNotices", () => {
  test("no constant rate is uneven, wherever its window starts", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 400 }),
        fc.integer({ min: 4, max: 32 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (count, frames, offset) => {
          fc.pre(count >= frames);
          const timesS = Array.from({ length: count }, (_, i) => (i + offset) / 24);
          const window = { startS: 0, lengthS: count / 24, frames };
          expect(
            samplingNotices(
              chooseFrames(timesS, window).map((n) => timesS[n]),
              window,
            ),
          ).toEqual([]);
        },
      ),
    );
  });

  test("a window with too few frames, or with a pause in it, says so", () => {
    expect(samplingNotices([0, 1, 2], { startS: 0, lengthS: 3, frames: 8 })).toEqual([
      "the window has only 3 frames, so all of them are used instead of 8",
    ]);
    expect(samplingNotices([0, 0.3, 0.4, 9], { startS: 0, lengthS: 9.5, frames: 4 })).toEqual([
      "the frames of this window come unevenly: those that are looked at are from 0.10 to 8.60 s apart",
    ]);
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

  test("without a length the shell's window goes on to the end, and nothing is trimmed", () => {
    const window = askedWindow({ startS: 597.5, lengthS: null, frames: 16 }, clip.durationS);
    expect(fitWindow(window, clip)).toEqual({ window: { startS: 597.5, lengthS: 2.5, frames: 16 }, notices: [] });
    const late = askedWindow({ startS: 700, lengthS: null, frames: 16 }, clip.durationS);
    expect(() => fitWindow(late, clip)).toThrow("starts at 700 s but clip.mp4 ends at 600 s");
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

test("no halving comes to a side below 1 px, so that is refused", () => {
  const tall = { width: 16, height: 6000 };
  expect(() => shrinkSteps(tall, { width: 0, height: 64 })).toThrow("must have sides of 1 px or more, got 0×64");
  expect(() => shrinkSteps(tall, { width: 1, height: Number.NaN })).toThrow("got 1×NaN");
});

test("the display size keeps the aspect ratio and never grows", () => {
  expect(fitWithin({ width: 3840, height: 2160 }, 640)).toEqual({ width: 640, height: 360 });
  expect(fitWithin({ width: 1080, height: 1920 }, 640)).toEqual({ width: 360, height: 640 });
  expect(fitWithin({ width: 160, height: 96 }, 640)).toEqual({ width: 160, height: 96 });
  expect(fitWithin({ width: 5000, height: 2 }, 640)).toEqual({ width: 640, height: 1 });
});

test("every n-th frame is counted off in the file, whatever the times, and a window that has fewer says so", () => {
  const timesS = [0, 0.1, 0.5, 0.6, 0.7, 1, 1.1, 1.2, 1.3];
  const window = { startS: 0, lengthS: 1, frames: 4, stride: 2 };
  const chosen = framesOf(timesS, window);
  expect(chosen).toEqual([0, 2, 4, 6]);
  const times = chosen.map((i) => timesS[i]);
  expect(samplingNotices(times, window)).toEqual([]);
  expect(filled(window, times)).toEqual({ ...window, lengthS: expect.closeTo((1.1 * 4) / 3) });
  expect(framesOf(timesS, { ...window, stride: 4 })).toEqual([0, 4, 8]);
  expect(samplingNotices([0, 0.7, 1.3], { ...window, stride: 4 })[0]).toMatch(/only 3 of 4 frames, 4 apart/);
  const tooFar =
    "in steps of 9 the 9 frames from 0 s on leave 1, and at least 2 are needed; choose a step of 8 or less";
  expect(() => framesOf(timesS, { ...window, stride: 9 })).toThrow(new VideoError("too-few-frames", tooFar));
  expect(() => fitWindow({ ...window, stride: 0.5 }, { name: "a", durationS: 9, framesPerSecond: 10 })).toThrow("0.5");
});

test("of the longest window another start is asked for, and of a shorter one more", () => {
  const one = (window: object) => () => framesOf([4], { startS: 4, lengthS: 0.5, frames: 8, ...window });
  const has = (length: string) => `the window of ${length} from 4 s has 1 frame and at least 2 are needed`;
  expect(one({})).toThrow(`${has("0.5 s")}; choose a longer one`);
  expect(one({ lengthS: 10 })).toThrow(`${has("10 s")}; choose another start`);
  // Frames that are counted off are looked for in the longest window, whatever they would take.
  expect(one({ stride: 30 })).toThrow(`${has("10 s")}; choose another start`);
});
