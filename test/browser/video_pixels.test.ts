// One picture for all: what the encoder, the page, the strip of thumbnails and the browser's own player show at the same time.
import { describe, expect, test } from "vitest";
import type { Clip } from "../../src/video/clip.ts";
import { createSurface } from "../../src/video/resize.ts";
import { framesOfElement } from "./video_element.ts";
import { difference, fixture, names, openFixture, urlOf, whole } from "./video_fixtures.ts";

/** No clip, or none that this browser decodes: video_failures.test.ts has them. */
const REFUSED = /^(audio|empty|text|one-frame|truncated|two-pixels-wide|h265|mpeg4)/;
/** Decoded here but not by the browser's player: cut within a group of pictures, or with a cover in front. */
const UNPLAYED = /^(open-gop|cover-first)/;
const PLAYED = names.filter((name) => !REFUSED.test(name) && !UNPLAYED.test(name));
/** Two players of one file may round a colour differently on some graphics card; on the software one they do not. */
const ROUNDING = 0.5;

const pixelsOf = (images: readonly ImageBitmap[]) =>
  images.map((image) => {
    const { context } = createSurface(image);
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, image.width, image.height).data;
  });

async function asThePlayer(clip: Clip, url: string, count = 4): Promise<void> {
  const { frames, pixels, images } = await whole(clip, count);
  const large = clip.info.width * clip.info.height > 1e6;
  const timesS = frames.slice(0, large ? 1 : undefined).map(({ timeS }) => clip.info.playerStartS + timeS);
  const truth = await framesOfElement(url, timesS, clip.info);
  for (const [i, picture] of truth.entries()) {
    expect(difference(pixels[i], picture), `frame ${frames[i].index}`).toBeLessThan(ROUNDING);
    // Where the next frame looks different, what matches is this one and no other.
    if (i + 1 < truth.length && difference(pixels[i], pixels[i + 1]) > ROUNDING)
      expect(difference(pixels[i], truth[i + 1])).toBeGreaterThan(ROUNDING);
  }
  if (large) return;
  for (const [i, shown] of pixelsOf(images).entries()) expect(difference(shown, pixels[i])).toBe(0);
}

describe("the encoder's pixels and the page's images are the player's", () => {
  test.each(PLAYED)("%s", async (name) => {
    await asThePlayer(await openFixture(name), urlOf(name));
  });

  test("of a transparent clip each frame lies on black by itself, not on the one before", async () => {
    for (const name of ["alpha-vp9.webm", "alpha-vp8.webm"]) {
      const clip = await openFixture(name);
      const { pixels } = await whole(clip);
      const [last] = await framesOfElement(urlOf(name), [11 / 12], clip.info);
      expect(difference(pixels[11], last)).toBeLessThan(ROUNDING);
      const lit = pixels.map((frame) => frame.filter((value, i) => i % 4 === 0 && value > 100).length);
      // A disc with a radius of 15 pixels, and no more of it as time goes by.
      for (const area of lit) expect(Math.abs(area / (Math.PI * 15 ** 2) - 1)).toBeLessThan(0.1);
    }
  });

  test.each([
    ["ends early", [500, -1, 500, 1024], 12, 0.5],
    ["starts late and within a frame", [500, -1, 800, 1124], 19, 0.5],
    ["starts and ends within a frame", [0, -1, 400, 2565], 9, 0],
  ] as const)(
    "an edit that %s: as many frames as ffmpeg counts, and the player's",
    async (_, entries, count, startS) => {
      const bytes = new Uint8Array(await (await fixture("b-frames.mp4")).arrayBuffer());
      const view = new DataView(bytes.buffer);
      const list = bytes.findIndex((_, i) => String.fromCharCode(...bytes.subarray(i, i + 4)) === "elst") + 12;
      for (const [i, value] of entries.entries()) view.setInt32(list + 12 * (i >> 1) + 4 * (i & 1), value);
      const blob = new Blob([bytes], { type: "video/mp4" });
      const clip = await openFixture("edited.mp4", blob);
      expect((await whole(clip)).frames.map(({ index }) => index)).toEqual(Array.from({ length: count }, (_, i) => i));
      expect(clip.info.playerStartS).toBe(startS);
      const url = URL.createObjectURL(blob);
      await asThePlayer(clip, url);
      URL.revokeObjectURL(url);
    },
  );

  test("of two tracks the player's is looked at: the first, unless it is switched off", async () => {
    const bytes = new Uint8Array(await (await fixture("two-tracks.mp4")).arrayBuffer());
    const first = await openFixture("two-tracks.mp4", new Blob([bytes]));
    expect(first.info).toMatchObject({ width: 160, height: 96 });
    expect((await whole(first, 4)).notices).toEqual([
      "two-tracks.mp4 has several pictures at once: track 1 (160×96) is looked at, as a browser plays it, not track 2 (320×192)",
    ]);
    const header = bytes.findIndex((_, i) => String.fromCharCode(...bytes.subarray(i, i + 4)) === "tkhd");
    bytes[header + 7] = 0;
    const blob = new Blob([bytes], { type: "video/mp4" });
    const second = await openFixture("two-tracks.mp4", blob);
    expect(second.info).toMatchObject({ width: 320, height: 192 });
    const url = URL.createObjectURL(blob);
    await asThePlayer(second, url);
    URL.revokeObjectURL(url);
  });
});

test.each(PLAYED.filter((name) => name !== "four-k.mp4"))("%s: a thumbnail is the frame of its time", async (name) => {
  const clip = await openFixture(name);
  const { timesS, images } = await clip.thumbnails(3, clip.info.height);
  const { width, height } = images[0];
  for (const [i, shown] of pixelsOf(images).entries()) {
    const one = { startS: timesS[i], lengthS: 2.5, frames: 32 };
    const { frames, pixels } = await clip.sample(one, { input: { width, height } });
    expect(Math.abs(frames[0].timeS - timesS[i])).toBeLessThan(0.002);
    expect(difference(shown, pixels[0])).toBe(0);
  }
});

test.each([
  ["open-gop.mkv", 29],
  ["open-gop.mp4", 29],
  ["mid-frame.mp4", 18],
  ["burst.mp4", 60],
  ["late-video.mp4", 12],
  ["longer-sound.mkv", 12],
  ["b-frames.mp4", 24],
  ["variable-rate.mp4", 8],
])("%s has its %i frames, counted as ffmpeg does", async (name, count) => {
  const clip = await openFixture(name);
  const indices: number[] = [];
  for (let startS = 0; startS < clip.info.durationS - 0.01; startS += 1) {
    const { frames } = await clip.sample({ startS, lengthS: 1, frames: 32 }, { input: { width: 32, height: 32 } });
    indices.push(...frames.map(({ index }) => index));
  }
  expect(indices).toEqual(Array.from({ length: count }, (_, i) => i));
});

test("an open group is decoded from its own key frame on, with a notice, to the same pixels in both containers", async () => {
  const [matroska, mp4] = await Promise.all(
    ["open-gop.mkv", "open-gop.mp4"].map(async (name) => whole(await openFixture(name), 29)),
  );
  expect(matroska.frames.map(({ timeS }) => timeS)).toEqual(Array.from({ length: 29 }, (_, i) => i / 25));
  expect(matroska.notices).toEqual([
    "open-gop.mkv was cut within a group of pictures: its first 2 frames refer to some that are gone and are left out",
  ]);
  for (const [i, frame] of matroska.pixels.entries()) {
    expect(difference(frame, mp4.pixels[i])).toBe(0);
    // testsrc2 never rests: every frame is another.
    if (i > 0) expect(difference(frame, matroska.pixels[i - 1])).toBeGreaterThan(ROUNDING);
  }
});

test("a picture in front of the film does not hide it", async () => {
  expect((await openFixture("cover-first.mov")).info).toMatchObject({
    width: 160,
    height: 96,
    codec: "avc (avc1.64000a)",
  });
});

test.each([
  ["longer-sound.mkv", []],
  [
    "hdr-pq.webm",
    ["hdr-pq.webm is HDR (PQ): it is looked at in the colours that this browser gives it on an ordinary screen"],
  ],
  [
    "hdr-hlg.webm",
    ["hdr-hlg.webm is HDR (HLG): it is looked at in the colours that this browser gives it on an ordinary screen"],
  ],
] as const)("%s says what is to be said of it and no more", async (name, notices) => {
  expect((await whole(await openFixture(name), 12)).notices).toEqual(notices);
});

test("a burst of frames is sampled evenly in time", async () => {
  const clip = await openFixture("burst.mp4");
  const { frames, window, notices } = await whole(clip, 8);
  expect(window.lengthS).toBeCloseTo(9.7333, 3);
  expect(frames.map(({ timeS }) => timeS)).toEqual([0, 1.3, 2.5, 3.7, 4.9, 6.1, 7.3, 8.5]);
  expect(notices).toEqual([]);
});
