import { expect, test } from "vitest";
import { clipOrder, drawClip, normaliseSpatially } from "../../../src/train/diffusion/batch.ts";
import { designOf } from "../../../src/train/diffusion/design.ts";
import { parseStudentRecipe, shapeOf } from "../../../src/train/diffusion/recipe.ts";
import { SHAPE } from "../../support/diffusion.ts";

const DEEP = { ...SHAPE, depth: 4 };

test.each([
  [{ lambda: 1, share: 1 }, /lambda 1 and share 1 both weigh the alignment loss/],
  [{ width: 64 }, /width 64 is given, but the student that it starts from has its own/],
  [{ start: "random", width: 40 }, /width must be a multiple of 16, got 40: use 48/],
  [{ teacher: "self", spatial: 1 }, /spatial 1 normalises the features of a teacher apart from the student/],
  [{ loss: "mse" }, /loss must be one of none, .*/],
  [{ loss: "tsa", tua: 1 }, /the recipe is wrong at tua/],
] as const)("%j is refused with a sentence", (input, sentence) => {
  expect(() => parseStudentRecipe(input)).toThrow(sentence);
});

test("λ is a share of .5 where nothing is said, and none where there is nothing to weigh", () => {
  expect(parseStudentRecipe({})).toMatchObject({ lambda: null, share: 0.5 });
  expect(parseStudentRecipe({ lambda: 0.1 })).toMatchObject({ lambda: 0.1, share: null });
  expect(parseStudentRecipe({ loss: "none" })).toMatchObject({ lambda: null, share: null });
});

test("features are taken after about 60 % of the blocks, as Python rounds; a block that there is not is refused", () => {
  const at = (depth: number) =>
    designOf(parseStudentRecipe({ start: "random" }), { ...SHAPE, depth }, 4).alignment?.block;
  // max(1, round(0.6 · depth)) of models/pretrain/nets/student.py
  expect([1, 2, 3, 4, 5, 6, 8, 10, 30].map(at)).toEqual([1, 1, 2, 2, 3, 4, 5, 6, 18]);
  const beyond = parseStudentRecipe({ start: "random", block: 5 });
  expect(() => designOf(beyond, DEEP, 4)).toThrow(/the student has 4 blocks, got block 5/);
  const self = parseStudentRecipe({ start: "random", teacher: "self", block: 3, selfBlock: 2 });
  expect(() => designOf(self, DEEP, 4)).toThrow(/block 2 is to teach block 3, which is not before it/);
});

test("a drawn student has the shipped one's heads, or as many as its width takes, or those that were asked for", () => {
  const headsOf = (input: object) =>
    shapeOf(parseStudentRecipe({ start: "random", ...input }), { ...SHAPE, heads: 3 }).heads;
  expect([192, 96, 64, 32, 16].map((width) => headsOf({ width }))).toEqual([3, 3, 2, 2, 2]);
  expect(headsOf({ width: 64, heads: 1 })).toBe(1);
});

test("every clip once an epoch: first in order, then each epoch in an order of its own", () => {
  const order = clipOrder(3, 7);
  const epochs = [0, 1, 2].map((epoch) => Array.from({ length: 7 }, (_, i) => order(7 * epoch + i)));
  expect(epochs[0]).toEqual([0, 1, 2, 3, 4, 5, 6]);
  for (const epoch of epochs) expect([...epoch].sort()).toEqual(epochs[0]);
  expect(epochs[1]).not.toEqual(epochs[0]);
  expect(epochs[2]).not.toEqual(epochs[1]);
  // A run that is gone on from asks in the middle.
  expect(clipOrder(3, 7)(16)).toBe(epochs[2][2]);
});

test("draws: uniform times, standard noise, the shares asked for; of one step and place always the same", () => {
  const recipe = { seed: 1, given: 0.5, promptDropped: 0.1 };
  const draws = Array.from({ length: 2000 }, (_, i) => drawClip(recipe, 1 + Math.floor(i / 4), i % 4, 16));
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  // Within four standard errors of 2000 draws.
  expect(Math.abs(mean(draws.map(({ t }) => t)) - 499.5)).toBeLessThan(4 * (1000 / Math.sqrt(12 * 2000)));
  expect(Math.abs(mean(draws.map(({ given }) => Number(given))) - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / 2000));
  expect(Math.abs(mean(draws.map(({ dropped }) => Number(dropped))) - 0.1)).toBeLessThan(4 * Math.sqrt(0.09 / 2000));
  const noise = draws.flatMap(({ noise: own }) => [...own]);
  expect(Math.abs(mean(noise))).toBeLessThan(4 / Math.sqrt(noise.length));
  expect(Math.abs(mean(noise.map((value) => value ** 2)) - 1)).toBeLessThan(4 * Math.sqrt(2 / noise.length));
  expect(drawClip(recipe, 1, 0, 16)).toEqual(draws[0]);
  expect(drawClip(recipe, 1, 1, 16)).not.toEqual(draws[0]);
});

test("spatial normalisation: each channel of a frame to mean (1 − α) of it over its deviation, against float64 by hand", () => {
  const features = Float32Array.from([1, 10, 3, 10, 5, 10, 0, 4, 2, 8, 4, 6]);
  const out = normaliseSpatially(features, 3, 2, 1);
  const deviation = Math.sqrt(((1 - 3) ** 2 + 0 + (5 - 3) ** 2) / 2);
  expect(out[0]).toBeCloseTo((1 - 3) / deviation, 5);
  expect(out[4]).toBeCloseTo((5 - 3) / deviation, 5);
  expect([out[1], out[3], out[5]]).toEqual([0, 0, 0]);
  expect(normaliseSpatially(features, 3, 2, 0.5)[0]).toBeCloseTo((1 - 1.5) / deviation, 5);
});
