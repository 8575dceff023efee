import { EncodedPacketSink } from "mediabunny";
import { describe, expect, test, vi } from "vitest";
import type { Samples } from "../../src/video/clip.ts";
import { chooseInputSize } from "../../src/video/input_size.ts";
import { createSurface } from "../../src/video/resize.ts";
import { framesOfElement } from "./video_element.ts";
import { difference, fixture, openFixture, sizeOf, small, twelfths, urlOf, whole } from "./video_fixtures.ts";
import type { WorkerTask } from "./video_worker.ts";

describe("what opens", () => {
  test.each([
    [
      "h264.mp4",
      {
        ...{ container: "MP4", codec: "avc (avc1.64001f)", width: 640, height: 272, durationS: 10 },
        ...{ framesPerSecond: 24, constantRate: true },
      },
    ],
    ["vp8.webm", { ...small, container: "WebM", codec: "vp8" }],
    ["vp9.webm", { ...small, container: "WebM", codec: expect.stringMatching(/^vp9 \(vp09/) }],
    ["av1.mp4", { ...small, container: "MP4", codec: expect.stringMatching(/^av1 \(av01/) }],
    ["quicktime.mov", { ...small, container: "QuickTime" }],
    ["mislabelled.webm", { ...small, container: "MP4" }],
    ["b-frames.mp4", { ...small, framesPerSecond: 24 }],
    ["rotated.mp4", { ...small, width: 96, height: 160, rotation: 90 }],
    ["four-k.mp4", { width: 3840, height: 2160, durationS: 0.5 }],
    ["variable-rate.mp4", { width: 160, height: 96, durationS: 2, constantRate: false }],
  ])("%s is described", async (name, expected) => {
    const blob = await fixture(name);
    const { info } = await openFixture(name, blob);
    expect(info).toMatchObject({ name, bytes: blob.size, ...expected });
    const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
    expect(info.contentHash).toBe([...new Uint8Array(digest)].map((b) => b.toString(16).padStart(2, "0")).join(""));
  });

  test.each([
    ["vp8.webm", twelfths, 0.0006],
    ["vp9.webm", twelfths, 0.0006],
    ["av1.mp4", twelfths, 1e-6],
    ["quicktime.mov", twelfths, 1e-6],
    ["mislabelled.webm", twelfths, 1e-6],
    ["rotated.mp4", twelfths, 1e-6],
    ["b-frames.mp4", Array.from({ length: 24 }, (_, i) => i / 24), 1e-6],
    ["variable-rate.mp4", [0, 1, 2, 5, 9, 10, 17, 23].map((t) => t / 12), 1e-6],
  ])("%s gives each of its frames once, in order, at its time", async (name, timesS, tolerance) => {
    const { frames, notices, window } = await whole(await openFixture(name));
    expect(frames.map(({ index }) => index)).toEqual(timesS.map((_, i) => i));
    for (const [i, { timeS }] of frames.entries()) expect(Math.abs(timeS - timesS[i])).toBeLessThanOrEqual(tolerance);
    expect(window.frames).toBe(timesS.length);
    expect(notices).toEqual([`the window has only ${timesS.length} frames, so all of them are used instead of 32`]);
  });

  test("rotated.mp4 shows its red box at the top right", async () => {
    const { pixels, images } = await whole(await openFixture("rotated.mp4"));
    const at = (x: number, y: number) => [...pixels[5].slice((y * 96 + x) * 4, (y * 96 + x) * 4 + 3)];
    for (const [x, y] of [
      [92, 4],
      [70, 40],
    ]) {
      // biome-ignore format: points
      const [r, g, b] = at(x, y);
      expect(r).toBeGreaterThan(220);
      expect(Math.max(g, b)).toBeLessThan(40);
    }
    for (const [x, y] of [
      [4, 4],
      [92, 154],
      [92, 54],
      [58, 4],
    ]) {
      // biome-ignore format: points
      const [r, g, b] = at(x, y);
      expect(Math.abs(r - g) + Math.abs(r - b)).toBeLessThan(12);
    }
    expect([images[0].width, images[0].height]).toEqual([96, 160]);
  });

  test.each([
    [180, [-1, 0, 0, 0, -1, 0, 160, 96]],
    [270, [0, -1, 0, 1, 0, 0, 0, 160]],
  ])("turned by %i degrees it is what the browser's player shows, too", async (rotation, matrix) => {
    const bytes = new Uint8Array(await (await fixture("rotated.mp4")).arrayBuffer());
    const header = bytes.findIndex((_, i) => String.fromCharCode(...bytes.subarray(i, i + 4)) === "tkhd");
    const view = new DataView(bytes.buffer);
    // Where the matrix lies in a version 0 header, in 16.16 fixed point.
    for (const [i, value] of matrix.entries()) view.setInt32(header + 44 + 4 * i, value * 65536);
    const blob = new Blob([bytes], { type: "video/mp4" });
    const clip = await openFixture("turned.mp4", blob);
    expect(clip.info.rotation).toBe(rotation);
    const url = URL.createObjectURL(blob);
    const { pixels } = await whole(clip, 4);
    const [truth] = await framesOfElement(url, [0], clip.info);
    URL.revokeObjectURL(url);
    expect(difference(pixels[0], truth)).toBeLessThan(0.5);
  });
});

describe("windows", () => {
  test("16 of 240 frames come in even steps, and the frame at the window's end is not one of them", async () => {
    const clip = await openFixture("h264.mp4");
    const all = await clip.sample({ startS: 0, lengthS: 10, frames: 16 }, { input: chooseInputSize(clip.info) });
    expect(all.frames.map(({ index }) => index)).toEqual(Array.from({ length: 16 }, (_, i) => i * 15));
    expect(all.notices).toEqual([]);
    expect(all.pixels[0].length).toBe(384 * 160 * 4);
    expect([all.images[0].width, all.images[0].height]).toEqual([640, 272]);
    // 2 s to 3 s holds frames 48 … 71.
    const second = await clip.sample({ startS: 2, lengthS: 1, frames: 24 }, { input: { width: 64, height: 32 } });
    expect(second.frames.map(({ index }) => index)).toEqual(Array.from({ length: 24 }, (_, i) => 48 + i));
    expect(second.frames[0].timeS).toBe(2);
    expect(second.notices).toEqual([]);
    // An earlier window after a later one: the list of frames is kept, and still right.
    const early = await clip.sample(
      { startS: 4 / 24, lengthS: 4 / 24, frames: 4 },
      { input: { width: 64, height: 32 } },
    );
    expect(early.frames.map(({ index }) => index)).toEqual([4, 5, 6, 7]);
  });

  test("WebM's whole milliseconds move no frame into or out of a window", async () => {
    const clip = await openFixture("vp8.webm");
    const { frames } = await clip.sample({ startS: 4 / 12, lengthS: 4 / 12, frames: 4 }, { input: sizeOf(clip.info) });
    expect(frames.map(({ index }) => index)).toEqual([4, 5, 6, 7]);
  });

  test("the same window twice gives the same bytes, as does one frame's window elsewhere", async () => {
    const clip = await openFixture("b-frames.mp4");
    const [first, again] = [await whole(clip), await whole(clip)];
    for (const [i, frame] of again.pixels.entries()) expect(difference(frame, first.pixels[i])).toBe(0);
    const part = await clip.sample({ startS: 13 / 24, lengthS: 5 / 24, frames: 5 }, { input: sizeOf(clip.info) });
    expect(part.frames.map(({ index }) => index)).toEqual([13, 14, 15, 16, 17]);
    for (const [i, frame] of part.pixels.entries()) expect(difference(frame, first.pixels[13 + i])).toBe(0);
  });

  test("two windows decoded at once do not mix", async () => {
    const clip = await openFixture("h264.mp4");
    const ask = (startS: number) =>
      clip.sample({ startS, lengthS: 1, frames: 4 }, { input: { width: 64, height: 32 } });
    const [late, early] = await Promise.all([ask(8), ask(1)]);
    expect(late.frames.map(({ index }) => index)).toEqual([192, 198, 204, 210]);
    expect(early.frames.map(({ index }) => index)).toEqual([24, 30, 36, 42]);
    const alone = await ask(1);
    for (const [i, frame] of early.pixels.entries()) expect(difference(frame, alone.pixels[i])).toBe(0);
  });

  test("ten minutes are trimmed with a notice, and only so far read; its end can be seen too", async () => {
    // All of its 600 packets tell whether it is even; then only those of the window are read.
    const clip = await openFixture("ten-minutes.mp4");
    expect(clip.info).toMatchObject({ framesPerSecond: 1, constantRate: true });
    const next = vi.spyOn(EncodedPacketSink.prototype, "getNextPacket");
    const { frames, window, notices } = await whole(clip, 4);
    expect(next.mock.calls.length).toBeLessThan(60);
    next.mockRestore();
    expect(notices).toEqual(["ten-minutes.mp4 is trimmed to its first 10 s of 600 s"]);
    expect(window).toEqual({ startS: 0, lengthS: 10, frames: 4 });
    expect(frames.map(({ index }) => index)).toEqual([0, 2, 5, 7]);
    const end = await clip.sample({ startS: 592, lengthS: 10, frames: 8 }, { input: sizeOf(clip.info) });
    expect(end.frames.map(({ index }) => index)).toEqual([592, 593, 594, 595, 596, 597, 598, 599]);
    expect(end.notices).toEqual(["the window was trimmed to 8 s: ten-minutes.mp4 ends at 600 s, not 602 s"]);
  });

  test("packets past the window are not read, but for those that may be reordered into it", async () => {
    const clip = await openFixture("ten-minutes.mp4");
    const next = vi.spyOn(EncodedPacketSink.prototype, "getNextPacket");
    const listed = () => next.mock.calls.filter(([, options]) => options?.metadataOnly).length;
    await clip.sample({ startS: 100, lengthS: 10, frames: 4 }, { input: sizeOf(clip.info) });
    expect(listed()).toBeGreaterThan(80);
    expect(listed()).toBeLessThan(130);
    // A second look at the same window reads nothing anew.
    const before = listed();
    await clip.sample({ startS: 95, lengthS: 10, frames: 4 }, { input: sizeOf(clip.info) });
    expect(listed()).toBe(before);
    next.mockRestore();
  });

  test("4K is shown at 640 px at most, and its colours survive the way down", async () => {
    const clip = await openFixture("four-k.mp4");
    const input = chooseInputSize(clip.info);
    const { pixels, images } = await clip.sample({ startS: 0, lengthS: 0.5, frames: 4 }, { input });
    expect(images.map(({ width, height }) => [width, height])).toEqual(Array(4).fill([640, 360]));
    // The same frame through the player, made small by the mean of its own pixels.
    const [truth] = await framesOfElement(urlOf("four-k.mp4"), [0], input);
    expect(pixels[0].length).toBe(input.width * input.height * 4);
    expect(difference(pixels[0], truth)).toBeLessThan(2);
  });

  test("progress counts every frame", async () => {
    const clip = await openFixture("av1.mp4");
    const seen: string[] = [];
    const onProgress = (done: number, total: number) => seen.push(`${done}/${total}`);
    await clip.sample({ startS: 0, lengthS: 1, frames: 4 }, { input: sizeOf(clip.info), onProgress });
    expect(seen).toEqual(["1/4", "2/4", "3/4", "4/4"]);
  });

  test("a window with a single frame is refused with both numbers", async () => {
    const clip = await openFixture("ten-minutes.mp4");
    const asked = clip.sample({ startS: 3, lengthS: 0.5, frames: 4 }, { input: sizeOf(clip.info) });
    await expect(asked).rejects.toMatchObject({
      code: "too-few-frames",
      message: "the window of 0.5 s from 3 s has 1 frame and at least 2 are needed; choose a longer one",
    });
  });

  test("it runs in a worker, to the same pixels", async () => {
    const clip = await openFixture("vp9.webm");
    const window = { startS: 0, lengthS: 1, frames: 6 };
    const input = chooseInputSize(clip.info);
    const here = await clip.sample(window, { input });
    const worker = new Worker(new URL("./video_worker.ts", import.meta.url), { type: "module" });
    const there = await new Promise<Pick<Samples, "pixels" | "images">>((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message));
      fixture("vp9.webm").then((blob) => worker.postMessage({ blob, window, input } satisfies WorkerTask));
    });
    worker.terminate();
    for (const [i, frame] of there.pixels.entries()) expect(difference(frame, here.pixels[i])).toBe(0);
    expect(there.images[0].width).toBe(160);
  });
});

describe("thumbnails", () => {
  test("lie in the middle of equal parts, at the height asked for", async () => {
    const clip = await openFixture("h264.mp4");
    const { timesS, images } = await clip.thumbnails(5, 34);
    expect(timesS).toEqual([1, 3, 5, 7, 9]);
    expect(images.map(({ width, height }) => [width, height])).toEqual(Array(5).fill([80, 34]));
    const { pixels } = await clip.sample({ startS: 3, lengthS: 1, frames: 4 }, { input: { width: 80, height: 34 } });
    const shown = createSurface({ width: 80, height: 34 });
    shown.context.drawImage(images[1], 0, 0);
    expect(difference(shown.context.getImageData(0, 0, 80, 34).data, pixels[0])).toBe(0);
  });

  test("of a sparse long clip are all different, and of a cut-off one those that are left", async () => {
    const long = await (await openFixture("ten-minutes.mp4")).thumbnails(4, 24);
    expect(long.timesS).toEqual([75, 225, 375, 525]);
    const cut = await (await openFixture("truncated.mp4")).thumbnails(6, 24);
    expect(cut.timesS.length).toBeGreaterThan(0);
    expect(cut.timesS.length).toBeLessThan(6);
    expect(cut.images.length).toBe(cut.timesS.length);
  });
});
