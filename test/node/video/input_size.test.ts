import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chooseInputSize } from "../../../src/video/input_size.ts";

const AREA = 224 * 224;
const sides = fc.integer({ min: 16, max: 4096 });
const sources = fc.record({ width: sides, height: sides });

describe("chooseInputSize", () => {
  test.each([
    [224, 224, 224, 224],
    [320, 224, 320, 224],
    [224, 320, 224, 320],
    [640, 360, 288, 160],
    [3840, 2160, 288, 160],
    [640, 272, 384, 160],
    [480, 640, 192, 256],
    [1000, 1000, 224, 224],
    [160, 96, 160, 96],
    [4000, 16, 512, 96],
    [16, 4000, 96, 512],
  ])("%i×%i goes in as %i×%i", (width, height, w, h) => {
    expect(chooseInputSize({ width, height })).toEqual({ width: w, height: h });
  });

  test("every size is in multiples of 32, at most 512 a side, and near the area unless it is the source's own", () => {
    fc.assert(
      fc.property(sources, (source) => {
        const { width, height } = chooseInputSize(source);
        expect(width % 32).toBe(0);
        expect(height % 32).toBe(0);
        expect(Math.max(width, height)).toBeLessThanOrEqual(512);
        if (width !== source.width || height !== source.height) {
          expect((width * height) / AREA).toBeGreaterThanOrEqual(0.75);
          expect((width * height) / AREA).toBeLessThanOrEqual(1.35);
        }
      }),
    );
  });

  test("a clip on its side gets the size on its side", () => {
    fc.assert(
      fc.property(sources, ({ width, height }) => {
        const upright = chooseInputSize({ width, height });
        expect(chooseInputSize({ width: height, height: width })).toEqual({
          width: upright.height,
          height: upright.width,
        });
      }),
    );
  });

  test("up to 5:1 the aspect ratio is kept within 9 %", () => {
    fc.assert(
      fc.property(sources, (source) => {
        fc.pre(Math.max(source.width / source.height, source.height / source.width) <= 5);
        const { width, height } = chooseInputSize(source);
        expect(Math.abs(Math.log((width * source.height) / (height * source.width)))).toBeLessThan(Math.log(1.09));
      }),
    );
  });

  test("a multiple that has no size near the area takes the nearest", () => {
    expect(chooseInputSize({ width: 640, height: 360 }, 448)).toEqual({ width: 448, height: 448 });
  });

  test("a clip without pixels is refused", () => {
    expect(() => chooseInputSize({ width: 0, height: 10 })).toThrow("0×10");
    expect(() => chooseInputSize({ width: Number.NaN, height: 10 })).toThrow(RangeError);
  });
});
