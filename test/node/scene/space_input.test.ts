// What the block takes over from Compare: what its rail switches off is in neither picture nor words.
import { expect, test } from "vitest";
import type { CompareInput } from "../../../src/figure/compare_figure.ts";
import { spaceSentence } from "../../../src/scene/path_words.ts";
import { compareSpace } from "../../../src/scene/space_input.ts";

const matches = [0, 1].map((frame) => ({ frame, row: 0, col: frame }));
const side = () => ({ probabilities: Float32Array.of(1, 0, 0, 1), matches });
const truth = Float32Array.of(0, 0, 0, 1);

const compared = {
  ...{ teacher: { encoder: "xfeat" }, student: { encoder: "xfeat", degradation: "none" } },
  ...{
    grid: { F: 2, H: 1, W: 2 },
    tokenPx: [8, 8],
    images: [],
    studentImages: [],
    frames: [{ timeS: 0 }, { timeS: 1 }],
  },
};
const input = (change: Partial<CompareInput>): CompareInput =>
  ({
    ...{ compared, query: { query: [0, 0, 0], tau: 0.1, teacher: side(), student: side(), truth } },
    ...{ losses: null, cuts: [], scale: "per-row", showMask: false, showTruth: false, ...change },
  }) as unknown as CompareInput;

test.each([
  { showTruth: true, truths: [truth], told: true },
  { showTruth: false, truths: [], told: false },
])("Compare's truth is in the block and told of where it is shown: $showTruth", ({ showTruth, truths, told }) => {
  const space = compareSpace(input({ showTruth }), 0, "teacher");
  expect(space.truths).toEqual(truths);
  expect(spaceSentence(space).includes("from the truth")).toBe(told);
});
