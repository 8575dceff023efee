import { type Truth, track } from "../../src/video/truth.ts";

interface Tokens {
  readonly width: number;
  readonly height: number;
  readonly H: number;
  readonly W: number;
}

/** The true mean way of each token from one frame into another, [H·W, 2], NaN where less than half of it stays in sight. */
export function trueFlow(truth: Truth, from: number, to: number, { width, height, H, W }: Tokens): Float32Array {
  const [tokenHeight, tokenWidth] = [height / H, width / W];
  const ways = new Float32Array(2 * H * W).fill(Number.NaN);
  for (let s = 0; s < H * W; s++) {
    let [x, y, seen] = [0, 0, 0];
    for (let i = 0; i < tokenHeight * tokenWidth; i++) {
      const px = (s % W) * tokenWidth + (i % tokenWidth) + 0.5;
      const py = Math.floor(s / W) * tokenHeight + Math.floor(i / tokenWidth) + 0.5;
      const there = track(truth, from, px, py, to);
      if (!there.visible) continue;
      x += there.x - px;
      y += there.y - py;
      seen++;
    }
    if (seen >= (tokenHeight * tokenWidth) / 2) ways.set([x / seen, y / seen], 2 * s);
  }
  return ways;
}

/** Mean end-point error and the share of ways within a pixel, where the truth is known; and the mean error of standing still. */
export function flowError(found: ArrayLike<number>, truth: ArrayLike<number>) {
  let [sum, within, still, counted] = [0, 0, 0, 0];
  for (let i = 0; i < truth.length; i += 2) {
    if (Number.isNaN(truth[i])) continue;
    const error = Math.hypot(found[i] - truth[i], found[i + 1] - truth[i + 1]);
    sum += error;
    still += Math.hypot(truth[i], truth[i + 1]);
    if (error < 1) within++;
    counted++;
  }
  return { mean: sum / counted, within: within / counted, still: still / counted, counted };
}
