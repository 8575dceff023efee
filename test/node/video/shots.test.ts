// Cuts and first windows on drawn pictures; test/browser/survey.test.ts has real films.
import { describe, expect, test } from "vitest";
import { findCuts, type SmallFrame } from "../../../src/video/window/shots.ts";
import { surveyFrames } from "../../../src/video/window/start_window.ts";

const SIZE = { width: 96, height: 64 };

/** Frames of a picture of its own colours that drifts; `kind` is which. */
function shot(kind: number, count: number): SmallFrame[] {
  return Array.from({ length: count }, (_, t) => {
    const data = new Uint8ClampedArray(4 * SIZE.width * SIZE.height).fill(255);
    for (let y = 0; y < SIZE.height; y++) {
      for (let x = 0; x < SIZE.width; x++) {
        const wave = Math.sin((x + 2 * t) / (5 + kind)) + Math.cos(y / (4 + kind));
        for (let c = 0; c < 3; c++) {
          data[4 * (y * SIZE.width + x) + c] = 60 + 45 * ((kind * (c + 1)) % 4) + 30 * wave;
        }
      }
    }
    return { ...SIZE, data };
  });
}

describe("cuts", () => {
  test("are where films were put together, to the frame", () => {
    const frames = [...shot(1, 10), ...shot(2, 7), ...shot(3, 30), ...shot(1, 12)];
    expect(findCuts(frames)).toEqual([10, 17, 47]);
  });

  test("are none in a film that moves, however fast, nor in one that flashes", () => {
    const fast = shot(1, 60).filter((_, t) => t % 6 === 0);
    expect(findCuts(fast)).toEqual([]);
    expect(findCuts([...shot(1, 12), ...shot(2, 3), ...shot(1, 12)])).toEqual([]);
    expect(findCuts([...shot(1, 12), ...shot(2, 6), ...shot(1, 12)])).toEqual([12, 18]);
    expect([findCuts([]), findCuts(shot(1, 1))]).toEqual([[], []]);
  });
});

describe("the first window", () => {
  /** A bright square that goes across a textured ground, which drifts. */
  function scene(still: number, moving: number): SmallFrame[] {
    const { width, height } = SIZE;
    const ground = (x: number, y: number) => 90 + 60 * Math.sin(x / 3 + Math.cos(y / 5)) + 30 * Math.sin(y / 2 + x / 7);
    return Array.from({ length: still + moving }, (_, t) => {
      const data = new Uint8ClampedArray(4 * width * height).fill(255);
      const left = 10 + Math.max(0, t - still);
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const inside = x >= left && x < left + 14 && y >= 24 && y < 38;
          // Stripes of its own, so that it is not a flat patch.
          const value = inside ? 230 - 80 * (((x - left) ^ (y - 24)) & 4 ? 1 : 0) : ground(x + t / 3, y);
          data.fill(value, 4 * (y * width + x), 4 * (y * width + x) + 3);
        }
      }
      return { width, height, data };
    });
  }
  const at = (frames: readonly SmallFrame[]) => frames.map((_, i) => i / 20);

  test("is where something moves beside the camera, and the query is on that", () => {
    const frames = scene(60, 40);
    const { start } = surveyFrames(frames, at(frames), 5, true);
    expect(start).toMatchObject({ moves: true, lengthS: 2 });
    expect(start?.startS).toBeGreaterThan(2.7);
    const [x, y] = start?.queries[0] ?? [0, 0];
    expect(x * 96).toBeGreaterThan(8);
    expect(x * 96).toBeLessThan(30);
    expect(y * 64).toBeGreaterThan(20);
    expect(y * 64).toBeLessThan(42);
  });

  test("lies within one shot, and is all of a film that is short", () => {
    const frames = [...scene(24, 0), ...shot(1, 60)];
    const { cutsS, start } = surveyFrames(frames, at(frames), frames.length / 20, true);
    expect(cutsS).toEqual([1.2]);
    expect(start).not.toBeNull();
    const { startS, lengthS } = start!;
    expect(lengthS).toBeGreaterThan(0);
    expect(startS + lengthS).toBeLessThanOrEqual(startS < 1.2 ? 1.2 : 4.2);
    expect(surveyFrames(shot(1, 40), at(shot(1, 40)), 2, true).start).toMatchObject({ startS: 0, lengthS: 2 });
  });

  test("is longer where frames come slowly, up to the longest window", () => {
    const slow = shot(1, 20);
    const lengthOf = (perSecond: number) => {
      const times = slow.map((_, i) => i / perSecond);
      return surveyFrames(slow, times, slow.length / perSecond, true).start?.lengthS;
    };
    expect([4, 1].map(lengthOf)).toEqual([4, 10]);
  });
});
