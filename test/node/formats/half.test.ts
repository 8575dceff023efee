import { expect, test } from "vitest";
import { fromHalf, toHalf } from "../../../src/formats/half.ts";

const back = (halves: Uint16Array) => {
  const out = new Float32Array(halves.length);
  fromHalf(halves, out);
  return out;
};

test("every float16 goes there and back", () => {
  const all = Uint16Array.from({ length: 1 << 16 }, (_, i) => i).filter((half) => (half & 0x7c00) !== 0x7c00);
  expect(toHalf(back(all))).toEqual(all);
  expect([...back(Uint16Array.of(0x7c00, 0xfc00, 0x7e00))]).toEqual([Infinity, -Infinity, NaN]);
});

test("what lies between two of them goes to the nearer, and from the middle to the even one", () => {
  // 1 + 2^-10 is the next after 1; the least normal is 2^-14, below it steps are 2^-24.
  const step = 2 ** -10;
  const given = [
    1 + 0.49 * step,
    1 + 0.5 * step,
    1 + 1.5 * step,
    -1 - 0.51 * step,
    2 ** -24 * 2.5,
    2 ** -24 * 3.5,
    2 ** -25,
    65519,
    65520,
  ];
  const expected = [1, 1, 1 + 2 * step, -1 - step, 2 ** -24 * 2, 2 ** -24 * 4, 0, 65504, Infinity];
  expect([...back(toHalf(given))]).toEqual(expected);
  expect([...toHalf([Number.NaN, -0])]).toEqual([0x7e00, 0x8000]);
});
