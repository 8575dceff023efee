import { record } from "../video/record.ts";
import { base64 } from "./base64.ts";

export interface RecordRequest {
  /** base64 of U8 [T, size, size, 3]. */
  readonly frames: string;
  readonly size: number;
  /** Pixels of the video per pixel of a frame. */
  readonly scale: number;
  readonly framesPerSecond: number;
}

/** Far above what so small a picture needs: what is lost is the format's rounding of colour. */
const BITRATE = 2e7;

/** Frames in memory as a video, and its format: MP4 where this browser encodes H.264. */
export async function recordFrames({ frames, size, scale, framesPerSecond }: RecordRequest) {
  const bytes = Uint8Array.from(atob(frames), (character) => character.charCodeAt(0));
  const [small, large] = [size, size * scale].map((side) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
    const context = canvas.getContext("2d");
    if (!context) throw new Error("a 2D canvas could not be made");
    context.imageSmoothingEnabled = false;
    return { canvas, context };
  });
  const picture = new ImageData(size, size);
  const frameBytes = size * size * 3;
  const { blob, extension } = await record(large.canvas, {
    frames: bytes.length / frameBytes,
    framesPerSecond,
    bitrate: BITRATE,
    draw(t) {
      for (let i = 0; i < size * size; i++) {
        for (let channel = 0; channel < 3; channel++) {
          picture.data[4 * i + channel] = bytes[t * frameBytes + 3 * i + channel];
        }
        picture.data[4 * i + 3] = 255;
      }
      small.context.putImageData(picture, 0, 0);
      large.context.drawImage(small.canvas, 0, 0, size * scale, size * scale);
    },
  });
  return { file: await base64(blob), extension };
}
