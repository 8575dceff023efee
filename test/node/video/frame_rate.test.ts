// How even a recording is said to be: only what was seen of all of its frames counts.
import {
  BufferTarget,
  EncodedPacket,
  EncodedVideoPacketSource,
  Mp4OutputFormat,
  Output,
  WebMOutputFormat,
} from "mediabunny";
import { beforeAll, expect, test, vi } from "vitest";
import { openFile } from "../../../src/video/container.ts";

const FORMATS = { mp4: () => new Mp4OutputFormat({ fastStart: "in-memory" }), webm: () => new WebMOutputFormat() };

beforeAll(() => {
  // Node has no decoder; whether one can is the browser's answer.
  vi.stubGlobal("VideoDecoder", { isConfigSupported: () => Promise.resolve({ supported: true }) });
  return () => {
    vi.unstubAllGlobals();
  };
});

/** A recording whose frames start at these times, with nothing in them that could be decoded. */
async function recorded(kind: keyof typeof FORMATS, timesS: readonly number[], bytes = 20) {
  const target = new BufferTarget();
  const output = new Output({ format: FORMATS[kind](), target });
  const source = new EncodedVideoPacketSource("vp9");
  output.addVideoTrack(source);
  await output.start();
  const decoderConfig = { codec: "vp09.00.10.08", codedWidth: 64, codedHeight: 64 };
  const data = new Uint8Array(bytes);
  for (const [i, timeS] of timesS.entries()) {
    const durationS = (timesS[i + 1] ?? timeS + 1 / 30) - timeS;
    await source.add(new EncodedPacket(data, i % 30 === 0 ? "key" : "delta", timeS, durationS), { decoderConfig });
  }
  await output.finalize();
  const { info, close } = await openFile(new Blob([target.buffer as ArrayBuffer]), `clip.${kind}`);
  close();
  return info;
}

const even = (count: number) => Array.from({ length: count }, (_, i) => i / 30);

test.each(["mp4", "webm"] as const)("%s of 300 even frames and uneven ones after them is not even", async (kind) => {
  const uneven = Array.from({ length: 60 }, (_, i) => 10 + i / 10 + (i % 2) / 30);
  expect(await recorded(kind, even(300))).toMatchObject({ constantRate: true, framesPerSecond: 30 });
  const { constantRate, framesPerSecond } = await recorded(kind, [...even(300), ...uneven]);
  expect([constantRate, Math.round(framesPerSecond)]).toEqual([false, Math.round(359 / (10 + 5.9 + 1 / 30))]);
});

test("what is too long to be looked through is not known to be even", async () => {
  expect(await recorded("mp4", even(9300))).toMatchObject({ constantRate: false, framesPerSecond: 30 });
  // Of a large Matroska file no more than its first frames are read.
  expect(await recorded("webm", even(300), 240_000)).toMatchObject({ constantRate: false, framesPerSecond: 30 });
});
