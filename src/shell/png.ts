/** Pictures of clips as PNG: enough of the format for one RGB image, with Node's own zlib. */
import { crc32, deflateSync } from "node:zlib";
import { CLIP } from "../world/types.ts";

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** U8 [height, width, 3]. */
  readonly rgb: Uint8Array;
}

/** All frames side by side with a white line between, every pixel `scale` wide. */
export function stripOf(frames: Uint8Array, scale: number): Picture {
  const { frames: T, size } = CLIP;
  const gap = scale;
  const side = size * scale;
  const width = T * side + (T - 1) * gap;
  const rgb = new Uint8Array(width * side * 3).fill(255);
  for (let y = 0; y < side; y++) {
    const row = Math.floor(y / scale);
    for (let t = 0; t < T; t++) {
      for (let x = 0; x < side; x++) {
        const from = ((t * size + row) * size + Math.floor(x / scale)) * 3;
        rgb.set(frames.subarray(from, from + 3), (y * width + t * (side + gap) + x) * 3);
      }
    }
  }
  return { width, height: side, rgb };
}

export function encodePng({ width, height, rgb }: Picture): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  // 8 bits a channel, RGB, and the only compression, filter and order that there are.
  header.set([8, 2, 0, 0, 0], 8);
  const rows = new Uint8Array(height * (1 + width * 3));
  for (let y = 0; y < height; y++) rows.set(rgb.subarray(y * width * 3, (y + 1) * width * 3), y * (1 + width * 3) + 1);
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
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
