// Clips of pictures in memory, in Node, on canvases that draw nothing.
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { pictureClip } from "../../../src/video/picture_clip.ts";
import type { ClipInfo } from "../../../src/video/types.ts";

class BlankCanvas {
  constructor(
    readonly width: number,
    readonly height: number,
  ) {}
  getContext() {
    const getImageData = (_: number, __: number, width: number, height: number) => ({
      data: new Uint8ClampedArray(4 * width * height),
    });
    return { putImageData() {}, drawImage() {}, getImageData };
  }
}

/** Those that are not closed. */
const open = new Set<object>();
const bitmapOf = async ({ width, height }: BlankCanvas) => {
  const image = { width, height, close: () => open.delete(image) };
  open.add(image);
  return image;
};

beforeEach(() => {
  open.clear();
  vi.stubGlobal("OffscreenCanvas", BlankCanvas);
  vi.stubGlobal("ImageData", class {});
  vi.stubGlobal("createImageBitmap", bitmapOf);
});
afterAll(() => vi.unstubAllGlobals());

function clipOf(width: number, height: number) {
  const size = { width, height };
  const info = { ...size, name: "own", framesPerSecond: 4, durationS: 2 } as ClipInfo;
  return pictureClip({ frames: Array.from({ length: 8 }, () => new Uint8ClampedArray()), size, info });
}

const WINDOW = { startS: 0, lengthS: 2, frames: 8 };
const INPUT = { input: { width: 4, height: 4 } };

test("sampling stops between two frames when it is aborted, and closes what it made", async () => {
  const controller = new AbortController();
  const seen: number[] = [];
  const onProgress = (done: number) => {
    seen.push(done);
    if (done === 3) controller.abort(new Error("newer"));
  };
  const { signal } = controller;
  await expect(clipOf(8, 8).sample(WINDOW, { ...INPUT, onProgress, signal })).rejects.toThrow("newer");
  expect([seen, open.size]).toEqual([[1, 2, 3], 0]);
});

test("where the browser makes no more pictures, those that it made are closed", async () => {
  vi.stubGlobal("createImageBitmap", async (canvas: BlankCanvas) => {
    if (open.size === 5) throw new Error("no memory");
    return bitmapOf(canvas);
  });
  await expect(clipOf(8, 8).sample(WINDOW, INPUT)).rejects.toThrow("no memory");
  expect(open.size).toBe(0);
});

test("thumbnails of a very tall clip are a pixel wide", async () => {
  const { images } = await clipOf(16, 6000).thumbnails(2, 64);
  expect(images.map(({ width, height }) => [width, height])).toEqual([
    [1, 64],
    [1, 64],
  ]);
});
