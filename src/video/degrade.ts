/** Spoils a copy of a clip, to see which loss notices what: pure arithmetic on decoded frames, the same in every run. */
import type { Size } from "./types.ts";

/** How the frames are degraded: their pixels (blur, noise) or their order in time (frozen, shuffled). */
export type Degradation = "none" | "blur" | "noise" | "frozen" | "shuffled";

/** Standard deviation of the blur in pixels of the frames it is given. */
const BLUR_SIGMA = 2;
/** Standard deviation of the noise as a share of the full range 0 … 255. */
const NOISE_SIGMA = 0.15;
/** Any number will do; a link must show the same picture tomorrow. */
const SEED = 20260524;

/**
 * The frames (RGBA, `size` each) as `how` leaves them; the given ones are never changed. Frames that only change places are
 * the given arrays.
 */
export function degrade(
  pixels: readonly Uint8ClampedArray[],
  size: Size,
  how: Degradation,
): readonly Uint8ClampedArray[] {
  switch (how) {
    case "blur":
      return pixels.map((frame) => blur(frame, size));
    case "noise": {
      const normal = normals(SEED);
      return pixels.map((frame) =>
        frame.map((value, i) => (i % 4 === 3 ? value : value + 255 * NOISE_SIGMA * normal())),
      );
    }
    case "none":
    case "frozen":
    case "shuffled":
      return frameOrder(pixels.length, how).map((f) => pixels[f]);
    default:
      return how satisfies never;
  }
}

/** Which of the F frames is shown at each place: its own unless `how` changes the order in time. */
export function frameOrder(F: number, how: Degradation): number[] {
  const order = Array.from({ length: F }, (_, f) => f);
  if (how === "frozen") return order.fill(0);
  if (how !== "shuffled") return order;
  const next = uniform(SEED);
  for (let last = F - 1; last > 0; last--) {
    const other = Math.floor(next() * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  // A permutation of few frames may come out as it went in.
  return order.every((from, at) => from === at) ? order.map((f) => (f + 1) % F) : order;
}

/** Gaussian blur of colour, σ = BLUR_SIGMA: rows, then columns, with the edge pixel repeated outwards. Alpha stays. */
function blur(frame: Uint8ClampedArray, { width, height }: Size): Uint8ClampedArray {
  const radius = Math.ceil(3 * BLUR_SIGMA);
  const taps = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * BLUR_SIGMA ** 2)));
  const total = taps.reduce((a, b) => a + b);
  const along = (from: ArrayLike<number>, to: Float32Array | Uint8ClampedArray, step: number, length: number) => {
    for (let i = 0; i < frame.length; i++) {
      const at = Math.floor(i / (4 * step)) % length;
      let sum = 0;
      for (let tap = -radius; tap <= radius; tap++) {
        const offset = Math.min(length - 1, Math.max(0, at + tap)) - at;
        sum += taps[tap + radius] * from[i + 4 * step * offset];
      }
      to[i] = sum / total;
    }
  };
  const rows = new Float32Array(frame.length);
  const blurred = new Uint8ClampedArray(frame.length);
  along(frame, rows, 1, width);
  along(rows, blurred, width, height);
  return blurred;
}

/** mulberry32: uniform numbers in [0, 1). */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal numbers (Box–Muller). */
function normals(seed: number): () => number {
  const next = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}
