// What a clip may not be, and what is left behind when one was.
import { describe, expect, test, vi } from "vitest";
import { openClip } from "../../src/video/clip.ts";
import { createResizer, createSurface } from "../../src/video/resize.ts";
import type { Size } from "../../src/video/types.ts";
import { padded } from "../support/large_video.ts";
import { failure, fixture, openFixture, sizeOf, whole } from "./video_fixtures.ts";

describe("what cannot be used has a sentence", () => {
  test.each([
    ["empty.mp4", "empty-file", "empty.mp4 holds 0 bytes and a clip at least 1 frame; copy or download it again"],
    ["text.mp4", "not-a-video", "text.mp4 is no video that can be read here; choose an MP4, MOV, WebM or MKV file"],
    ["audio.mp3", "no-video-track", "audio.mp3 holds audio (mp3) but no video; choose a file with pictures"],
    [
      "mpeg4.avi",
      "container-unsupported",
      'mpeg4.avi is an AVI file, which a browser cannot play; convert it to MP4 (ffmpeg -i "mpeg4.avi" clip.mp4)',
    ],
    [
      "mpeg4.mp4",
      "codec-unsupported",
      'this browser cannot decode the codec "mp4v", which mpeg4.mp4 uses; convert it to H.264, VP9 or AV1',
    ],
    ["one-frame.mp4", "too-few-frames", "one-frame.mp4 has 1 frame and at least 2 are needed; choose a longer clip"],
    [
      "two-pixels-wide.mp4",
      "clip-too-small",
      "two-pixels-wide.mp4 has 2×64 pixels and a side needs at least 16; choose a larger clip",
    ],
    [
      "truncated-no-moov.mp4",
      "truncated",
      /^truncated-no-moov.mp4 has \d+ bytes but no index of its frames .*get the whole file$/,
    ],
    [
      "truncated.mp4",
      "truncated",
      "truncated.mp4 is cut off: 4 of the 12 frames in this window could be read; choose a window that ends before 0.33 s, or get the whole file",
    ],
  ])("%s: %s", async (name, code, message) => {
    expect(await failure(name)).toMatchObject({
      code,
      message: typeof message === "string" ? message : expect.stringMatching(message),
    });
  });

  test("h265.mp4 opens where the browser has HEVC, and names the codec where it has not", async () => {
    const { supported } = await VideoDecoder.isConfigSupported({
      codec: "hev1.1.6.L30.90",
      codedWidth: 160,
      codedHeight: 96,
    });
    if (supported) expect((await whole(await openFixture("h265.mp4"))).frames.length).toBe(12);
    else {
      expect(await failure("h265.mp4")).toMatchObject({
        code: "codec-unsupported",
        message:
          "this browser cannot decode hevc (hev1.1.6.L30.90), which h265.mp4 uses; convert it to H.264, VP9 or AV1",
      });
    }
  });

  test.each([
    ["ten-bits.mp4", "10 bits a sample, ", null],
    ["hdr-pq.webm", "10 bits a sample, ", null],
    ["rgb.mp4", "4:4:4, ", null],
    ["b-frames.mp4", "", "VP9 or AV1"],
    ["vp9.webm", "", "H.264 or AV1"],
    ["vp8.webm", "", "H.264, VP9 or AV1"],
  ])("where %s cannot be decoded, it is not told to become what it is", async (name, kind, formats) => {
    const supported = vi.spyOn(VideoDecoder, "isConfigSupported").mockResolvedValue({ supported: false });
    const { code, message } = await failure(name);
    supported.mockRestore();
    expect(code).toBe("codec-unsupported");
    const remedy = formats ?? `8 bits and 4:2:0 (ffmpeg -i "${name}" -pix_fmt yuv420p clip.mp4)`;
    const codec = /^this browser cannot decode \w+( \([\w.]+\))?, /;
    expect(message).toMatch(codec);
    expect(message.replace(codec, "")).toBe(`${kind}which ${name} uses; convert it to ${remedy}`);
  });

  test("a large file that is written to after it was chosen says so, whatever is asked of it", async () => {
    const file = new Blob([await padded(new Uint8Array(await (await fixture("h264.mp4")).arrayBuffer()), 100_000)]);
    const name = "large.mp4";
    const expected = {
      code: "file-changed",
      message: "large.mp4 has been changed, moved or closed to the browser since it was chosen: choose it again",
    };
    // What Chromium does with such a file: slices of it can still be made, but not read, and only buffers say why.
    let changed = false;
    const slice = file.slice.bind(file);
    const lost = async () => {
      throw new DOMException("The requested file could not be read", "NotReadableError");
    };
    const broken = async () => {
      throw new TypeError("network error");
    };
    file.slice = (...range) => {
      const part = slice(...range);
      return changed
        ? Object.assign(part, { arrayBuffer: lost, stream: () => new ReadableStream({ start: broken }) })
        : part;
    };
    file.arrayBuffer = () => (changed ? lost() : slice().arrayBuffer());
    const clip = await openFixture(name, file);
    const ask = (startS: number) =>
      clip.sample({ startS, lengthS: 1, frames: 4 }, { input: { width: 64, height: 32 } });
    expect((await ask(0)).frames.length).toBe(4);
    changed = true;
    await expect(ask(8)).rejects.toMatchObject(expected);
    await expect(clip.thumbnails(4, 32)).rejects.toMatchObject(expected);
    await expect(openClip(file, name)).rejects.toMatchObject(expected);
  });

  test("the window that a truncated file's sentence names works", async () => {
    const clip = await openFixture("truncated.mp4");
    const window = { startS: 0, lengthS: 0.33, frames: 4 };
    const { frames, notices } = await clip.sample(window, { input: sizeOf(clip.info) });
    expect(frames.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(notices).toEqual([
      "truncated.mp4 may be cut off: its header promises 8591 bytes and it has 4781; its frames end at 1.0 s",
    ]);
  });

  test("a WebM that breaks off within its only cluster says so", async () => {
    const file = await fixture("vp8.webm");
    expect(await failure("cut.webm", file.slice(0, 11_000))).toMatchObject({
      code: "truncated",
      message:
        "cut.webm is cut off: 0 frames are whole in its 11000 bytes and at least 2 are needed; get the whole file",
    });
  });

  test.each(["h264.mp4", "vp9.webm", "audio.mp3"])("%s cut anywhere opens or has a sentence", async (name) => {
    const file = await fixture(name);
    for (const part of [1, 7, 40, 100, 600, 1500, file.size >> 1, file.size - 1]) {
      const outcome = await openFixture(name, file.slice(0, part)).then(
        (clip) => whole(clip, 4).catch((error: unknown) => error),
        (error: unknown) => error,
      );
      if (outcome instanceof Error) expect(outcome, `${part} bytes`).toMatchObject({ name: "VideoError" });
    }
  });

  test("damaged data have a sentence, too", async () => {
    const bytes = new Uint8Array(await (await fixture("vp9.webm")).arrayBuffer());
    bytes.fill(0x5a, bytes.length / 2, bytes.length / 2 + 2500);
    const outcome = await openFixture("damaged.webm", new Blob([bytes])).then(
      (clip) => whole(clip).catch((error: unknown) => error),
      (error: unknown) => error,
    );
    expect(outcome).toMatchObject({ name: "VideoError", code: "truncated" });
  });

  test("a file above the limit is refused unread", async () => {
    const huge = { size: 2 ** 31 + 2 ** 30, slice: () => expect.fail("it was read") } as unknown as Blob;
    await expect(openClip(huge, "huge.mp4")).rejects.toMatchObject({
      code: "file-too-large",
      message: "huge.mp4 has 3.00 GiB and the limit is 2.00 GiB; cut the part of interest out",
    });
  });
});

describe("nothing is left behind", () => {
  /** Every VideoFrame that is open, however it was made. */
  const live = new Set<VideoFrame>();
  const [RealDecoder, RealFrame] = [VideoDecoder, VideoFrame];
  const { close, clone } = RealFrame.prototype;

  /** Counts frames while `work` runs, and gives decoders a moment to hand out what they still hold. */
  async function counted(work: () => Promise<unknown>): Promise<number> {
    let made = 0;
    const note = (frame: VideoFrame) => {
      made++;
      live.add(frame);
      return frame;
    };
    globalThis.VideoDecoder = class extends RealDecoder {
      constructor(init: VideoDecoderInit) {
        super({ ...init, output: (frame) => init.output(note(frame)) });
      }
    };
    RealFrame.prototype.clone = function () {
      return note(clone.call(this));
    };
    RealFrame.prototype.close = function () {
      live.delete(this);
      close.call(this);
    };
    try {
      await work();
      await new Promise((resolve) => setTimeout(resolve, 200));
      return made;
    } finally {
      globalThis.VideoDecoder = RealDecoder;
      Object.assign(RealFrame.prototype, { close, clone });
    }
  }

  test("after sampling and thumbnails every frame is closed", async () => {
    const clip = await openFixture("h264.mp4");
    const made = await counted(async () => {
      await whole(clip, 8);
      await clip.thumbnails(6, 32);
    });
    expect(made).toBeGreaterThan(14);
    expect(live.size).toBe(0);
  });

  test("an abort ends between frames with the signal's reason, and every frame is closed", async () => {
    const clip = await openFixture("h264.mp4");
    const controller = new AbortController();
    let frames = 0;
    await counted(async () => {
      const asked = clip.sample(
        { startS: 0, lengthS: 10, frames: 16 },
        {
          input: sizeOf(clip.info),
          signal: controller.signal,
          onProgress: () => ++frames === 3 && controller.abort(new Error("newer")),
        },
      );
      await expect(asked).rejects.toThrow("newer");
    });
    expect(frames).toBe(3);
    expect(live.size).toBe(0);
    const input = sizeOf(clip.info);
    await expect(
      clip.sample({ startS: 0, lengthS: 1, frames: 4 }, { input, signal: AbortSignal.abort() }),
    ).rejects.toThrow(/abort/i);
  });

  test("closing the clip ends what is being decoded, and every frame is closed", async () => {
    const clip = await openFixture("h264.mp4");
    await counted(async () => {
      const input = sizeOf(clip.info);
      const asked = clip.sample({ startS: 0, lengthS: 10, frames: 16 }, { input, onProgress: () => clip.close() });
      await expect(asked).rejects.toMatchObject({ name: "AbortError" });
    });
    expect(live.size).toBe(0);
  });

  test("a truncated file leaves no frame open either", async () => {
    const clip = await openFixture("truncated.mp4");
    await counted(() => expect(whole(clip)).rejects.toMatchObject({ code: "truncated" }));
    expect(live.size).toBe(0);
  });
});

test("shrinking is a mean: a fine pattern becomes grey and does not shimmer", () => {
  const picture = createSurface({ width: 1024, height: 512 });
  picture.context.fillStyle = "#fff";
  for (let y = 0; y < 512; y++) for (let x = y % 2; x < 1024; x += 2) picture.context.fillRect(x, y, 1, 1);
  const shrunk = (to: Size) => {
    const { context } = createResizer({ width: 1024, height: 512 }, to)(picture.canvas);
    return context.getImageData(0, 0, to.width, to.height).data.filter((_, i) => i % 4 === 0);
  };
  for (const to of [
    { width: 256, height: 128 },
    { width: 224, height: 96 },
    { width: 300, height: 200 },
  ]) {
    expect(Math.min(...shrunk(to))).toBeGreaterThanOrEqual(125);
    expect(Math.max(...shrunk(to))).toBeLessThanOrEqual(130);
  }
  // One white pixel of every 4×4: a canvas that looks at 2×2 pixels would miss it in one step.
  picture.context.clearRect(0, 0, 1024, 512);
  for (let y = 0; y < 512; y += 4) for (let x = 0; x < 1024; x += 4) picture.context.fillRect(x, y, 1, 1);
  const levels = shrunk({ width: 256, height: 128 });
  expect(Math.min(...levels)).toBeGreaterThanOrEqual(15);
  expect(Math.max(...levels)).toBeLessThanOrEqual(17);
});
