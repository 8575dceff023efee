import { expect, test } from "vitest";
import { resample } from "../../src/alignment/resample.ts";

test("the same grid gives the same array", () => {
  const features = Float32Array.from({ length: 2 * 2 * 3 * 4 }, (_, i) => i);
  expect(resample(features, { F: 2, H: 2, W: 3, C: 4 }, { H: 2, W: 3 })).toBe(features);
});

test("twice as fine: quarters between centres, the edge repeated, each frame and channel by itself", () => {
  const grid = { F: 1, H: 1, W: 3, C: 1 };
  expect([...resample(Float32Array.of(0, 4, 8), grid, { H: 1, W: 6 })]).toEqual([0, 1, 3, 5, 7, 8]);
  expect([...resample(Float32Array.of(0, 4), { ...grid, H: 2, W: 1 }, { H: 4, W: 1 })]).toEqual([0, 1, 3, 4]);
  const two = resample(Float32Array.of(0, 10, 4, 20, 100, 7, 100, 7), { F: 2, H: 1, W: 2, C: 2 }, { H: 1, W: 4 });
  expect([...two]).toEqual([0, 10, 1, 12.5, 3, 17.5, 4, 20, 100, 7, 100, 7, 100, 7, 100, 7]);
});

test("a plane stays a plane inside, and three to two reads between centres", () => {
  const [H, W] = [4, 5];
  const plane = Float32Array.from({ length: H * W }, (_, i) => 2 * Math.floor(i / W) + 3 * (i % W));
  const fine = resample(plane, { F: 1, H, W, C: 1 }, { H: 2 * H, W: 2 * W });
  for (let y = 1; y < 2 * H - 1; y++) {
    for (let x = 1; x < 2 * W - 1; x++) {
      expect(fine[y * 2 * W + x]).toBeCloseTo(2 * ((y + 0.5) / 2 - 0.5) + 3 * ((x + 0.5) / 2 - 0.5), 5);
    }
  }
  expect([...resample(Float32Array.of(0, 4, 8), { F: 1, H: 1, W: 3, C: 1 }, { H: 1, W: 2 })]).toEqual([1, 7]);
});

test("features that do not fill the grid are refused", () => {
  expect(() => resample(new Float32Array(7), { F: 1, H: 2, W: 2, C: 2 }, { H: 4, W: 4 })).toThrow(
    /need 8 values, got 7/,
  );
});
