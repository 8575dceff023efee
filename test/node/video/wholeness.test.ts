import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { promisedBytes } from "../../../src/video/wholeness.ts";

const bytesOf = (name: string) => readFileSync(`test/fixtures/video/${name}`);

test.each(["longer-sound.mkv", "vp8.webm", "alpha-vp9.webm", "h264.mp4", "quicktime.mov", "b-frames.mp4"])(
  "%s promises what it has, and when it is cut, what it had",
  async (name) => {
    const bytes = bytesOf(name);
    const matroska = /\.(webm|mkv)$/.test(name);
    expect(await promisedBytes(new Blob([bytes]), matroska)).toBeUndefined();
    const media = bytes.indexOf("mdat") - 4;
    const promised = matroska ? bytes.length : media + bytes.readUInt32BE(media);
    expect(await promisedBytes(new Blob([bytes.subarray(0, promised - 1)]), matroska)).toBe(promised);
  },
);

test("a stream whose header does not know its size promises nothing", async () => {
  const bytes = bytesOf("vp8.webm");
  const size = bytes.indexOf(Buffer.from("18538067", "hex")) + 4;
  expect(bytes[size]).toBe(0x01);
  bytes.fill(0xff, size + 1, size + 8);
  expect(await promisedBytes(new Blob([bytes.subarray(0, 9000)]), true)).toBeUndefined();
});

test.each(["", "x", "\x1aE", "\x1aE\xdf\xa3\xff", "\0\0\0\x01mdat", "\0\0\0\0mdat", "\xff\xff"])(
  "%j is no reason to fail",
  async (text) => {
    const blob = new Blob([Buffer.from(text, "latin1")]);
    for (const matroska of [true, false]) expect(await promisedBytes(blob, matroska)).toBeUndefined();
  },
);
