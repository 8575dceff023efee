/** Pictures of clips as PNG. */
import { encode } from "fast-png";
import { CLIP } from "../world/types.ts";

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** U8 [height, width, 3]. */
  readonly rgb: Uint8Array;
}

/** All frames of a clip side by side with a white line between, every pixel `scale` wide. */
export const stripOf = (frames: Uint8Array, scale: number): Picture =>
  sheetOf([frames], [...Array(CLIP.frames).keys()], scale);

/** One row per clip, of the same `shown` frames of each. */
export function sheetOf(clips: readonly Uint8Array[], shown: readonly number[], scale: number): Picture {
  const { size } = CLIP;
  const side = size * scale;
  // One white line of a pixel between two pictures.
  const step = side + scale;
  const [width, height] = [shown.length * step - scale, clips.length * step - scale];
  const rgb = new Uint8Array(width * height * 3).fill(255);
  for (const [row, frames] of clips.entries()) {
    for (const [column, t] of shown.entries()) {
      for (let y = 0; y < side; y++) {
        for (let x = 0; x < side; x++) {
          const from = ((t * size + Math.floor(y / scale)) * size + Math.floor(x / scale)) * 3;
          rgb.set(frames.subarray(from, from + 3), ((row * step + y) * width + column * step + x) * 3);
        }
      }
    }
  }
  return { width, height, rgb };
}

/** A picture as a PNG file of 8 bits a channel. */
export const encodePng = ({ width, height, rgb }: Picture): Uint8Array =>
  encode({ width, height, data: rgb, channels: 3 }, { zlib: { level: 9 } });
