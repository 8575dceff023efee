/** Sinusoids that a student reads, in float64 and rounded once: they are data, no parameters. */
import type { StudentShape } from "./model.ts";

/**
 * [cos | sin] of t / 10000^(i / (width/2)), i < width/2, of each t: [B, width].
 * Here and not on the GPU, whose sines are only good between −π and π, while t goes to 999.
 */
export function timestepEmbedding(times: ArrayLike<number>, width: number): Float32Array<ArrayBuffer> {
  const half = width / 2;
  const out = new Float32Array(times.length * width);
  for (let b = 0; b < times.length; b++) {
    for (let i = 0; i < half; i++) {
      const angle = times[b] * Math.exp((-Math.log(10000) * i) / half);
      out[b * width + i] = Math.cos(angle);
      out[b * width + half + i] = Math.sin(angle);
    }
  }
  return out;
}

/** [sin | cos] of p / 10000^(i / (width/2)) into out from `at`. */
function sincos(p: number, width: number, out: Float32Array, at: number): void {
  const half = width / 2;
  for (let i = 0; i < half; i++) {
    const angle = p / 10000 ** (i / half);
    out[at + i] = Math.sin(angle);
    out[at + half + i] = Math.cos(angle);
  }
}

/** CogVideoX's table [F · rows², width]: a quarter of the width for the frame, three eighths each for column and row. */
export function positionTable({ frames, rows, width }: StudentShape): Float32Array<ArrayBuffer> {
  const [time, side] = [width / 4, (width * 3) / 8];
  const out = new Float32Array(frames * rows * rows * width);
  for (let n = 0; n < frames * rows * rows; n++) {
    const at = n * width;
    sincos(Math.floor(n / (rows * rows)), time, out, at);
    sincos(n % rows, side, out, at + time);
    sincos(Math.floor(n / rows) % rows, side, out, at + time + side);
  }
  return out;
}
