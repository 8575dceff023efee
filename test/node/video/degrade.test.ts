import { expect, test } from "vitest";
import { degrade, frameOrder } from "../../../src/video/degrade.ts";

const size = { width: 24, height: 16 };
const flat = (value: number) => {
  const frame = new Uint8ClampedArray(size.width * size.height * 4).fill(value);
  for (let i = 3; i < frame.length; i += 4) frame[i] = 255;
  return frame;
};
/** Colour values only. */
const colours = (frame: Uint8ClampedArray) => [...frame].filter((_, i) => i % 4 !== 3);
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

test("none, frozen and shuffled move frames and touch no pixel", () => {
  const frames = [10, 20, 30, 40].map(flat);
  expect(degrade(frames, size, "none")).toEqual(frames);
  expect(degrade(frames, size, "frozen").map(([first]) => first)).toEqual([10, 10, 10, 10]);
  const shuffled = degrade(frames, size, "shuffled");
  expect(shuffled).not.toEqual(frames);
  expect(shuffled.map(([first]) => first).sort()).toEqual([10, 20, 30, 40]);
});

test.each([2, 3, 4, 5, 8, 16, 32])("the order of %i shuffled frames is a fixed permutation, not the identity", (F) => {
  const order = frameOrder(F, "shuffled");
  const identity = Array.from({ length: F }, (_, f) => f);
  expect(order).not.toEqual(identity);
  expect([...order].sort((a, b) => a - b)).toEqual(identity);
  expect(frameOrder(F, "shuffled")).toEqual(order);
});

test("blur: a point becomes a Gaussian of two pixels; flat stays flat, up to the edge", () => {
  expect(degrade([flat(77)], size, "blur")).toEqual([flat(77)]);
  const point = flat(0);
  const at = (x: number, y: number) => (y * size.width + x) * 4;
  // A line instead of a point keeps the values large enough for whole numbers.
  for (let y = 0; y < size.height; y++) point[at(12, y)] = 255;
  const [blurred] = degrade([point], size, "blur");
  const total = Array.from({ length: 13 }, (_, i) => Math.exp(-((i - 6) ** 2) / 8)).reduce((a, b) => a + b);
  for (let dx = -6; dx <= 6; dx++) {
    expect(blurred[at(12 + dx, 5)]).toBe(Math.round((255 * Math.exp(-(dx ** 2) / 8)) / total));
  }
  expect([blurred[at(12, 5) + 1], blurred[at(12, 5) + 3]]).toEqual([0, 255]);
  expect(blurred.filter((_, i) => i % 4 === 0 && i < at(0, 1))).toEqual(
    blurred.filter((_, i) => i % 4 === 0 && i >= at(0, 15)),
  );
  expect(point[at(12, 3)]).toBe(255);
});

test("noise: the same in every run, another in every frame, zero mean, σ = 15 % of the range", () => {
  const frames = [flat(128), flat(128)];
  const noisy = degrade(frames, size, "noise");
  expect(noisy).toEqual(degrade(frames, size, "noise"));
  expect(noisy[0]).not.toEqual(noisy[1]);
  expect(frames[0]).toEqual(flat(128));
  const values = noisy.flatMap(colours);
  expect(mean(values)).toBeGreaterThan(128 - 3);
  expect(mean(values)).toBeLessThan(128 + 3);
  const sigma = Math.sqrt(mean(values.map((value) => (value - 128) ** 2)));
  expect(sigma / 255).toBeGreaterThan(0.14);
  expect(sigma / 255).toBeLessThan(0.16);
  expect(noisy[0].filter((_, i) => i % 4 === 3).every((alpha) => alpha === 255)).toBe(true);
});
