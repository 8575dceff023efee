import type { Layout, ModelSpec, Range } from "./own_model.ts";

/** What is taken from a channel's value in [0, 1], and what the rest is divided by. */
const SCALES: Readonly<Record<Range, { readonly mean: readonly number[]; readonly deviation: readonly number[] }>> = {
  "0..1": { mean: [0, 0, 0], deviation: [1, 1, 1] },
  "-1..1": { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] },
  "0..255": { mean: [0, 0, 0], deviation: [1 / 255, 1 / 255, 1 / 255] },
  imagenet: { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] },
};

/**
 * Frames as the model takes them.
 * @param frames RGBA of the spec's size: as many as one run takes
 */
export function modelInput(
  frames: readonly Uint8ClampedArray[],
  { layout, range, height, width }: ModelSpec,
): { readonly data: Float32Array; readonly shape: readonly number[] } {
  const sides: Readonly<Record<string, number>> = { N: 1, T: frames.length, C: 3, H: height, W: width };
  const shape = [...layout].map((letter) => sides[letter]);
  const stride = stridesOf(layout, shape);
  const { mean, deviation } = SCALES[range];
  const data = new Float32Array(frames.length * 3 * height * width);
  for (const [t, frame] of frames.entries()) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [from, to] = [4 * (y * width + x), t * stride("T") + y * stride("H") + x * stride("W")];
        for (let c = 0; c < 3; c++) data[to + c * stride("C")] = (frame[from + c] / 255 - mean[c]) / deviation[c];
      }
    }
  }
  return { data, shape };
}

/** How far apart two neighbours along a side are. */
function stridesOf(layout: Layout, shape: readonly number[]): (letter: string) => number {
  const strides = new Map([...layout].map((letter, i) => [letter, shape.slice(i + 1).reduce((a, b) => a * b, 1)]));
  return (letter) => strides.get(letter) ?? 0;
}
