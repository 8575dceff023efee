import { expect, test } from "vitest";
import { HEAT_MAP } from "../../../src/figure/colors.ts";
import { LINEAR_SCALE } from "../../../src/figure/scale.ts";
import { heatAlpha, heatPixels } from "../../../src/scene/heat_pixels.ts";
import { blockLayout, gapOf, pointOf } from "../../../src/scene/layout.ts";
import { liftedSurface } from "../../../src/scene/lifted.ts";
import { meanDistance, spaceSentence } from "../../../src/scene/path_words.ts";
import type { SpaceInput, Thread } from "../../../src/scene/space_input.ts";
import { spreadsOf } from "../../../src/scene/spread.ts";

const grid = { F: 3, H: 2, W: 3 };

/** Three frames of 2×3 tokens: sure of the query's own, then 0.8 and 0.4 of the mass on one token. */
function thread(name: string, form: Thread["form"]): Thread {
  const probabilities = new Float32Array([1, 0, 0, 0, 0, 0, 0, 0.8, 0.2, 0, 0, 0, 0.1, 0.1, 0.1, 0.1, 0.2, 0.4]);
  return { name, form, query: [0, 0, 0], color: "#ff4b3e", probabilities, best: [0, 1, 5] };
}

const input = (change: Partial<SpaceInput> = {}): SpaceInput => {
  const query = thread("query", "solid");
  return {
    grid,
    images: [],
    aspect: 2 / 3,
    timesS: [0, 0.25, 0.5],
    cuts: [],
    tau: 0.05,
    threads: [query],
    showPaths: true,
    heat: query,
    scale: LINEAR_SCALE,
    truths: [],
    mask: null,
    step: null,
    ...change,
  };
};

// Frame 2 by hand: variances 0.21 (rows) and 0.61 (columns), covariance 0.09, so half axes √0.629 and √0.191.
test("the path in words: from, to, surest and least sure frame other than the query's own", () => {
  expect(spaceSentence(input())).toBe(
    "τ 0.05. query: from frame 0 row 0 column 0 to frame 2 row 1 column 1; most sure at frame 1 (0.80), least at frame 2 (0.40, spread over 0.8 by 0.4 tokens)",
  );
});

test("the truth adds how far off the soft match is, where it can be seen", () => {
  const truth = new Float32Array([0, 0, 0, 1.2, Number.NaN, Number.NaN]);
  expect(meanDistance(spreadsOf(input().heat.probabilities, grid), truth, { from: 0, to: 3 })).toBeCloseTo(0, 6);
  const off = new Float32Array([3, 4, 0, 1.2, Number.NaN, Number.NaN]);
  expect(spaceSentence(input({ truths: [off] }))).toMatch(/; on average 2\.50 tokens from the truth$/);
  const nowhere = new Float32Array(6).fill(Number.NaN);
  expect(spaceSentence(input({ truths: [nowhere] }))).not.toContain("truth");
});

test("frames of another shot are not counted: what was followed is not there", () => {
  // 1 and 0 tokens off in the first shot; 5 off in frame 2, whose soft match is at row 0.7, column 1.3.
  const truth = new Float32Array([0, 1, 0, 1.2, 3.7, 5.3]);
  const words = (cuts: number[], query: Thread["query"]) =>
    spaceSentence(input({ threads: [{ ...thread("query", "solid"), query }], truths: [truth], cuts }));
  expect(words([2], [0, 0, 0])).toMatch(
    /; on average 0\.50 tokens from the truth; the other frame is of another shot$/,
  );
  expect(words([2], [2, 0, 0])).toMatch(/; on average 5\.00 tokens from the truth; the other 2 frames are/);
  expect(words([], [0, 0, 0])).toMatch(/; on average 2\.00 tokens from the truth$/);
  const only = new Float32Array([Number.NaN, Number.NaN, Number.NaN, Number.NaN, 3.7, 5.3]);
  expect(spaceSentence(input({ truths: [only], cuts: [2] }))).not.toContain("truth");
});

test("teacher and student are both told, with the step", () => {
  const both = [thread("teacher", "solid"), thread("student", "beaded")];
  const words = spaceSentence(input({ threads: both, step: 12 }));
  expect(words).toMatch(/^τ 0\.05, step 12\. teacher: from .*\. student: from /);
});

test("heat covers what is likely and lets the frame show where it is not; the mask shades the rest", () => {
  const painted = heatPixels(input(), 1, true);
  expect(painted?.length).toBe(4 * 6);
  const alpha = (pixels: Uint8Array | null, s: number) => pixels?.[4 * s + 3];
  expect(alpha(painted, 1)).toBe(Math.round(255 * heatAlpha(0.8)));
  expect(alpha(painted, 0)).toBe(0);
  const hot = new Uint8Array(HEAT_MAP.words.buffer).slice(4 * 204, 4 * 204 + 3);
  expect([...(painted?.slice(4, 7) ?? [])]).toEqual([...hot]);

  expect(heatPixels(input(), 1, false)).toBeNull();
  const mask = new Uint8Array(18).fill(1);
  mask[6] = 0;
  const shaded = heatPixels(input({ mask }), 1, false);
  expect(alpha(shaded, 0)).toBe(153);
  expect(alpha(shaded, 1)).toBe(0);
});

test("a height field is as high as the colour scale says, and stays before the frame in front", () => {
  const layout = blockLayout(grid, 2 / 3, 2);
  const { positions, colors, indices } = liftedSurface(input(), layout, 1);
  const { z } = pointOf(layout, 1, 0, 0);
  const height = (s: number) => positions[3 * s + 2] - z;
  expect(height(0)).toBeCloseTo(0, 6);
  expect(height(1)).toBeCloseTo(4 * height(2), 5);
  expect(height(1)).toBeLessThan(gapOf(layout));
  expect(colors[4 * 1 + 3]).toBeGreaterThan(colors[4 * 2 + 3]);
  // Two triangles for each of the 1×2 squares between 2×3 tokens.
  expect(indices.length).toBe(3 * 2 * 2);
});
