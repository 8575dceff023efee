import { decode } from "fast-png";
import { expect, test } from "vitest";
import { encodePng, sheetOf, stripOf } from "../../../src/shell/png.ts";
import { CLIP } from "../../../src/world/types.ts";

const { frames: T, size } = CLIP;
/** Every byte of a clip another than its neighbours. */
const clip = Uint8Array.from({ length: T * size * size * 3 }, (_, i) => (i * 31 + (i >> 8)) % 256);
const pixel = (data: ArrayLike<number>, width: number, x: number, y: number) =>
  [0, 1, 2].map((channel) => data[3 * (y * width + x) + channel]);

test("a strip's file holds every pixel of every frame, magnified, and a white line between two", () => {
  const scale = 2;
  const { width, height, data, channels, depth } = decode(encodePng(stripOf(clip, scale)));
  expect([width, height, channels, depth]).toEqual([T * (size * scale + scale) - scale, size * scale, 3, 8]);
  const expected = new Uint8Array(data.length).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [t, within] = [Math.floor(x / (size * scale + scale)), x % (size * scale + scale)];
      if (within >= size * scale) continue;
      const from = ((t * size + Math.floor(y / scale)) * size + Math.floor(within / scale)) * 3;
      expected.set(clip.subarray(from, from + 3), 3 * (y * width + x));
    }
  }
  expect(Buffer.from(data as Uint8Array).equals(expected)).toBe(true);
});

test("a sheet's rows are its clips", () => {
  const { width, data } = decode(encodePng(sheetOf([clip, clip.toReversed()], [0, 3], 1)));
  expect(pixel(data, width, 0, 0)).toEqual([...clip.subarray(0, 3)]);
  expect(pixel(data, width, size + 1, 0)).toEqual([...clip.subarray(3 * size * size * 3, 3 * size * size * 3 + 3)]);
  expect(pixel(data, width, 0, size + 1)).toEqual([...clip.toReversed().subarray(0, 3)]);
});
