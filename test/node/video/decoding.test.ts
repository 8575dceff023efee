// What decoded frames hold is given back, in Node, where nothing is decoded: frames stand for the decoder's.
import { InputVideoTrack } from "mediabunny";
import { expect, test, vi } from "vitest";
import { FrameSink } from "../../../src/video/decoding.ts";

test("a transparent frame for whose copy there is no memory is closed", async () => {
  const track: InputVideoTrack = Object.create(InputVideoTrack.prototype);
  track.getDecoderConfig = async () => ({ codec: "vp9", colorSpace: { primaries: "bt709" } });
  const close = vi.fn();
  const frame = { hasAlpha: true, format: "I420A", allocationSize: () => 2 ** 53, close };
  const sink = new FrameSink(track);
  sink.samplesAtTimestamps = async function* () {
    yield frame as never;
  };
  await expect(sink.framesAt([0]).next()).rejects.toThrow(RangeError);
  expect(close).toHaveBeenCalledOnce();
});
