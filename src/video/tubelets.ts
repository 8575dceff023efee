/** From decoded frames to numbers: tubelets for the motion mask (docs/method.md section 3), planes for the encoders. */
import type { Size } from "./types.ts";

/** Tubelets of a clip. */
export interface Tubelets {
  /**
   * [F, S, D], S = H·W row-major, in [0, 1] unless another `unit` was asked for. Within a token the order is that of a Conv3d weight: channel (R, G, B), then
   * time, then row, then column: d = ((c·t + dt)·p + dy)·p + dx.
   */
  readonly Y: Float32Array;
  readonly F: number;
  readonly H: number;
  readonly W: number;
  /** 3·t·p·p */
  readonly D: number;
}

/**
 * Cuts frames (RGBA, `size` each) into tubelets of `tubelet` frames × `patch` × `patch` pixels; alpha is dropped.
 *
 * @param unit the byte that becomes 1
 * @throws RangeError where the patches or tubelets do not divide the clip, or a frame has the wrong length.
 */
export function tubelets(
  pixels: readonly Uint8ClampedArray[],
  size: Size,
  patch: number,
  tubelet = 1,
  unit = 255,
): Tubelets {
  checkFrames(pixels, size);
  const { width, height } = size;
  if (width % patch !== 0 || height % patch !== 0) {
    throw new RangeError(`patches of ${patch} px must divide the frame, got ${width}×${height}`);
  }
  if (pixels.length % tubelet !== 0) {
    throw new RangeError(`tubelets of ${tubelet} frames must divide the clip, got ${pixels.length} frames`);
  }
  const [F, H, W] = [pixels.length / tubelet, height / patch, width / patch];
  const D = 3 * tubelet * patch * patch;
  const Y = new Float32Array(F * H * W * D);
  pixels.forEach((frame, index) => {
    const [f, dt] = [Math.floor(index / tubelet), index % tubelet];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const token = (f * H + Math.floor(y / patch)) * W + Math.floor(x / patch);
        for (let c = 0; c < 3; c++) {
          const d = ((c * tubelet + dt) * patch + (y % patch)) * patch + (x % patch);
          Y[token * D + d] = frame[(y * width + x) * 4 + c] / unit;
        }
      }
    }
  });
  return { Y, F, H, W, D };
}

/** What the motion mask compares (docs/method.md section 3): the tubelets' bytes, whose differences add up exactly in float32. */
export const motionTokens = (
  pixels: readonly Uint8ClampedArray[],
  size: Size,
  patch: number,
  tubelet: number,
): Tubelets => tubelets(pixels, size, patch, tubelet, 1);

/** Frames (RGBA) as planes: [F, 3, H, W] in [0, 1], channels R, G, B, here with H and W in pixels. Throws as `tubelets`. */
export function planarRgb(pixels: readonly Uint8ClampedArray[], size: Size): Float32Array {
  checkFrames(pixels, size);
  const plane = size.width * size.height;
  const planes = new Float32Array(pixels.length * 3 * plane);
  pixels.forEach((frame, f) => {
    for (let i = 0; i < plane; i++) {
      for (let c = 0; c < 3; c++) planes[(f * 3 + c) * plane + i] = frame[i * 4 + c] / 255;
    }
  });
  return planes;
}

/** The way back: planes [F, 3, H, W] in [0, 1] as bytes [F, H, W, 3]; what is beyond becomes the nearest. */
export function packedRgb(planes: Float32Array, { width, height }: Size): Uint8Array<ArrayBuffer> {
  const plane = width * height;
  const bytes = new Uint8ClampedArray(planes.length);
  for (let i = 0; i < planes.length; i++) {
    const [f, c, at] = [Math.floor(i / (3 * plane)), Math.floor(i / plane) % 3, i % plane];
    bytes[3 * (f * plane + at) + c] = 255 * planes[i];
  }
  return new Uint8Array(bytes.buffer);
}

/** Bytes [F, H, W, 3] as frames (RGBA). */
export function rgbaOf(bytes: Uint8Array, { width, height }: Size): Uint8ClampedArray<ArrayBuffer>[] {
  const plane = width * height;
  return Array.from({ length: bytes.length / (3 * plane) }, (_, f) => {
    const frame = new Uint8ClampedArray(4 * plane).fill(255);
    for (let i = 0; i < plane; i++) {
      const at = 3 * (f * plane + i);
      frame.set(bytes.subarray(at, at + 3), 4 * i);
    }
    return frame;
  });
}

function checkFrames(pixels: readonly Uint8ClampedArray[], { width, height }: Size): void {
  const expected = width * height * 4;
  const wrong = pixels.findIndex((frame) => frame.length !== expected);
  if (wrong >= 0) {
    throw new RangeError(
      `frame ${wrong} must hold ${width}×${height} RGBA pixels (${expected} bytes), got ${pixels[wrong].length}`,
    );
  }
}
