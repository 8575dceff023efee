import { describe, expect, test } from "vitest";
import { packedRgb, planarRgb, tubelets } from "../../../src/video/tubelets.ts";

const size = { width: 6, height: 4 };
/** A different byte for every frame, row, column and channel; alpha always 255. */
const byte = (f: number, y: number, x: number, c: number) => f * 72 + y * 18 + x * 3 + c;
const clip = Array.from({ length: 2 }, (_, f) =>
  Uint8ClampedArray.from({ length: 96 }, (_, i) => {
    const [pixel, c] = [Math.floor(i / 4), i % 4];
    return c === 3 ? 255 : byte(f, Math.floor(pixel / 6), pixel % 6, c);
  }),
);

describe("tubelets", () => {
  test("of one frame: every number is the pixel that its index names", () => {
    const { Y, F, H, W, D } = tubelets(clip, size, 2);
    expect({ F, H, W, D }).toEqual({ F: 2, H: 2, W: 3, D: 12 });
    for (let i = 0; i < Y.length; i++) {
      const [token, d] = [Math.floor(i / 12), i % 12];
      const [f, row, col] = [Math.floor(token / 6), Math.floor((token % 6) / 3), token % 3];
      const [c, dy, dx] = [Math.floor(d / 4), Math.floor((d % 4) / 2), d % 2];
      expect(Y[i]).toBe(Math.fround(byte(f, row * 2 + dy, col * 2 + dx, c) / 255));
    }
  });

  test("of two frames: time comes after channel, as in a Conv3d weight", () => {
    const { Y, F, D } = tubelets(clip, size, 2, 2);
    expect({ F, D }).toEqual({ F: 1, D: 24 });
    // Token (row 1, col 2), channel 2, second frame, dy 0, dx 1.
    expect(Y[5 * 24 + ((2 * 2 + 1) * 2 + 0) * 2 + 1]).toBe(Math.fround(byte(1, 2, 5, 2) / 255));
  });

  test("white is 1 and black is 0", () => {
    const frames = [255, 0].map((value) => new Uint8ClampedArray(16).fill(value));
    expect([...tubelets(frames, { width: 2, height: 2 }, 2).Y]).toEqual([...Array(12).fill(1), ...Array(12).fill(0)]);
  });

  test("what does not divide is refused with both numbers", () => {
    expect(() => tubelets(clip, size, 4)).toThrow("patches of 4 px must divide the frame, got 6×4");
    expect(() => tubelets(clip.slice(1), size, 2, 2)).toThrow(
      "tubelets of 2 frames must divide the clip, got 1 frames",
    );
    expect(() => tubelets([clip[0], clip[1].slice(4)], size, 2)).toThrow(
      "frame 1 must hold 6×4 RGBA pixels (96 bytes), got 92",
    );
  });
});

test("planarRgb: every number is the pixel that its index names", () => {
  const planes = planarRgb(clip, size);
  expect(planes.length).toBe(2 * 3 * 24);
  for (let i = 0; i < planes.length; i++) {
    const [f, c, y, x] = [Math.floor(i / 72), Math.floor((i % 72) / 24), Math.floor((i % 24) / 6), i % 6];
    expect(planes[i]).toBe(Math.fround(byte(f, y, x, c) / 255));
  }
});

test("planes go back to the bytes they came from, and what is beyond is clipped", () => {
  const size = { width: 3, height: 2 };
  const pixels = [1, 2].map((frame) => Uint8ClampedArray.from({ length: 24 }, (_, i) => (i * 11 * frame) % 256));
  const bytes = packedRgb(planarRgb(pixels, size), size);
  expect([...bytes]).toEqual(pixels.flatMap((frame) => [...frame].filter((_, i) => i % 4 !== 3)));
  expect([...packedRgb(Float32Array.of(-0.2, 1.5, 0.501), { width: 1, height: 1 })]).toEqual([0, 255, 128]);
});
