import { expect, test } from "vitest";
import { cutColumns, shotAround } from "../../../src/figure/cuts.ts";
import { spacingName, spacingWords } from "../../../src/state/explore/spacing.ts";
import { dragged, frameWords, placeOf, shifted, snapped, timeAt, zoomed } from "../../../src/ui/clip/timeline_scale.ts";

const view = { fromS: 2, toS: 6 };
const span = { startS: 1, endS: 3 };

test("places and times of the strip are each other's inverse, and end with it", () => {
  for (const share of [0, 0.25, 1]) expect(placeOf(view, timeAt(view, share))).toBeCloseTo(share);
  expect([placeOf(view, 0), placeOf(view, 9), timeAt(view, -1), timeAt(view, 2)]).toEqual([0, 1, 2, 6]);
});

test("a grip stays in the clip, leaves a window, and pulls no longer one than may be", () => {
  const drag = (grip: "start" | "end" | "whole", to: number) => dragged(span, grip, to, 20, 10);
  expect(drag("start", -1)).toEqual({ startS: 0, endS: 3 });
  expect(drag("start", 5).startS).toBeCloseTo(2.8);
  expect(drag("end", 0).endS).toBeCloseTo(1.2);
  expect(drag("end", 99)).toEqual({ startS: 1, endS: 11 });
  expect(drag("whole", 7)).toEqual({ startS: 7, endS: 9 });
  expect(drag("whole", 99)).toEqual({ startS: 18, endS: 20 });
});

test("a frame is numbered by the clip's rate, and only about where frames come unevenly", () => {
  expect(frameWords(1.8, { framesPerSecond: 12, constantRate: true })).toBe("frame 22");
  expect(frameWords(1.8, { framesPerSecond: 12, constantRate: false })).toBe("frame ≈ 22");
});

test("what is near a cut is taken to it, by pixels and not by seconds", () => {
  expect(snapped(view, 400, 3.05, [3, 4])).toBe(3);
  expect(snapped(view, 400, 3.2, [3, 4])).toBe(3.2);
  expect(snapped({ fromS: 2.9, toS: 3.1 }, 400, 3.05, [3, 4])).toBe(3.05);
  expect(snapped(view, 400, 3.05, [])).toBe(3.05);
});

test("zooming keeps the time under the pointer, ends at all of the clip, and moves within it", () => {
  const near = zoomed({ fromS: 0, toS: 10 }, 2, 4, 10);
  expect(near).toEqual({ fromS: 2, toS: 7 });
  expect(zoomed({ fromS: 2, toS: 7 }, 0.5, 4, 10)).toBeNull();
  expect(shifted({ fromS: 2, toS: 7 }, 9, 10)).toEqual({ fromS: 5, toS: 10 });
});

test("columns know at which of them a shot begins, and how far the shot of a query goes", () => {
  const times = [0, 0.5, 1, 1.5, 2];
  expect(cutColumns(times, [1.0002, 1.7, 5])).toEqual([2, 4]);
  expect(cutColumns(times, [0, 0.2, 0.3])).toEqual([1]);
  expect(shotAround([2, 4], 1, 5)).toEqual({ from: 0, to: 2 });
  expect(shotAround([2, 4], 2, 5)).toEqual({ from: 2, to: 4 });
  expect(shotAround([], 3, 5)).toEqual({ from: 0, to: 5 });
});

test("frames that are not evenly spaced are said not to be", () => {
  const at = (indices: number[]) => indices.map((index) => ({ index, timeS: index / 25 }));
  expect(spacingWords(at([0, 3, 6, 9]))).toBeNull();
  expect(spacingWords(at([0, 2, 5, 8]))).toMatch(
    /not evenly spaced: 0\.08 to 0\.12 s apart \(2 to 3 frames of the file\)/,
  );
});

test("every so many-th frame is counted as one says it", () => {
  expect([0, 1, 2, 3, 4, 11, 12, 13, 20, 21, 22, 23, 111, 121].map(spacingName)).toEqual([
    ...["even over the window", "every frame", "every 2nd frame", "every 3rd frame", "every 4th frame"],
    ...["every 11th frame", "every 12th frame", "every 13th frame", "every 20th frame", "every 21st frame"],
    ...["every 22nd frame", "every 23rd frame", "every 111th frame", "every 121st frame"],
  ]);
});
