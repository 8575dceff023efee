/** Drawn pictures as a video file: MP4 where the browser has an H.264 encoder, else WebM. */
import {
  BufferTarget,
  CanvasSource,
  getFirstEncodableVideoCodec,
  Mp4OutputFormat,
  Output,
  QUALITY_HIGH,
  Quality,
  WebMOutputFormat,
} from "mediabunny";

export interface Recording {
  readonly blob: Blob;
  readonly extension: "mp4" | "webm";
}

interface RecordOptions {
  readonly frames: number;
  readonly framesPerSecond: number;
  /** Bits a second; without it, high quality. */
  readonly bitrate?: number;
  /** Puts picture `i` onto the canvas. */
  readonly draw: (i: number) => void;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Encodes what `draw` leaves on the canvas, frame by frame, as fast as the encoder takes it.
 *
 * @throws Error where the browser can encode no video of this size; an AbortError when aborted
 */
export async function record(
  canvas: HTMLCanvasElement,
  { frames, framesPerSecond, bitrate, draw, onProgress, signal }: RecordOptions,
): Promise<Recording> {
  const { width, height } = canvas;
  const codec = await getFirstEncodableVideoCodec(["avc", "vp9", "vp8"], { width, height });
  if (!codec) throw new Error(`this browser can encode no video of ${width}×${height}: try a smaller size`);
  const extension = codec === "avc" ? "mp4" : "webm";
  const target = new BufferTarget();
  const format = codec === "avc" ? new Mp4OutputFormat() : new WebMOutputFormat();
  const output = new Output({ format, target });
  const source = new CanvasSource(canvas, { codec, quality: bitrate ? new Quality({ bitrate }) : QUALITY_HIGH });
  output.addVideoTrack(source, { frameRate: framesPerSecond });
  try {
    await output.start();
    for (let i = 0; i < frames; i++) {
      signal?.throwIfAborted();
      draw(i);
      await source.add(i / framesPerSecond, 1 / framesPerSecond);
      onProgress?.(i + 1, frames);
    }
    await output.finalize();
  } catch (error) {
    await output.cancel();
    throw error;
  }
  if (!target.buffer) throw new Error("the encoder gave no data");
  return { blob: new Blob([target.buffer], { type: `video/${extension}` }), extension };
}
