import { expect, test } from "vitest";
import { extent, thinned } from "../../../src/figure/curve.ts";

test("a curve of 100 000 points becomes a few for each pixel column, with every peak in its place", () => {
  const points = Array.from({ length: 1e5 }, (_, i) => [i / 400, Math.sin(i / 5000) + (i === 70_001 ? 9 : 0)] as const);
  const kept = thinned(points);
  expect(kept.length).toBeLessThanOrEqual(4 * 250);
  expect(kept).toContainEqual(points[70_001]);
  expect([kept[0], kept.at(-1)]).toEqual([points[0], points.at(-1)]);
  for (let i = 1; i < kept.length; i++) expect(kept[i][0]).toBeGreaterThan(kept[i - 1][0]);
  // In each column what is left reaches as far up and down as all of it.
  const column = (all: readonly (readonly [number, number])[]) =>
    extent(all.filter(([x]) => Math.floor(x) === 175).map(([, y]) => y));
  expect(column(kept)).toEqual(column(points));
});

test("few points stay as they are; the extent of a million values needs no million arguments", () => {
  const few = [
    [0, 1],
    [10, 3],
    [20, 2],
  ] as const;
  expect(thinned(few)).toEqual(few);
  expect(thinned([])).toEqual([]);
  expect(extent(Array.from({ length: 1e6 }, (_, i) => i - 5))).toEqual([-5, 999_994]);
  expect(extent([])).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
});
