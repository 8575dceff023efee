/** Pictures of clips as PNG: enough of the format for one RGB image, with Node's own zlib. */
import { crc32, deflateSync } from "node:zlib";
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

export function encodePng({ width, height, rgb }: Picture): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  // 8 bits a channel, RGB, and the only compression, filter and order that there are.
  header.set([8, 2, 0, 0, 0], 8);
  // Every byte as its difference from the one above it (filter 2): the rows of a magnified pixel become zeros.
  const stride = width * 3;
  const rows = new Uint8Array(height * (1 + stride));
  for (let y = 0; y < height; y++) {
    const at = y * (1 + stride);
    rows[at] = 2;
    for (let x = 0; x < stride; x++) rows[at + 1 + x] = rgb[y * stride + x] - (y > 0 ? rgb[(y - 1) * stride + x] : 0);
  }
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", new Uint8Array()),
  ]);
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(name), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}
