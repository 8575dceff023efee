/** What a codec or a generator does to a clip without breaking any law: pixel noise and a little blur. The judge must not mind. */
import { Random } from "../../world/random.ts";
import { CLIP } from "../../world/types.ts";

const { size: SIZE } = CLIP;
const TAU = 2 * Math.PI;

/**
 * Normal noise on every channel of every pixel.
 * @param frames U8 [T, 64, 64, 3]
 * @param sigma of the range 0 … 1
 */
export function withNoise(frames: Uint8Array, sigma: number, seed: number): Uint8Array {
  const random = new Random(seed);
  const out = new Uint8Array(frames.length);
  for (let i = 0; i < frames.length; i += 2) {
    const far = 255 * sigma * Math.sqrt(-2 * Math.log(1 - random.next()));
    const turn = TAU * random.next();
    out[i] = byte(frames[i] + far * Math.cos(turn));
    if (i + 1 < frames.length) out[i + 1] = byte(frames[i + 1] + far * Math.sin(turn));
  }
  return out;
}

/**
 * A Gaussian blur of every frame; the frame's border is repeated outwards.
 * @param frames U8 [T, 64, 64, 3]
 * @param sigma px
 */
export function withBlur(frames: Uint8Array, sigma: number): Uint8Array {
  const reach = Math.ceil(3 * sigma);
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, k) => Math.exp(-0.5 * ((k - reach) / sigma) ** 2));
  const total = kernel.reduce((sum, weight) => sum + weight, 0);
  const inside = (i: number) => Math.max(0, Math.min(SIZE - 1, i));
  const rows = new Float32Array(frames.length);
  const out = new Uint8Array(frames.length);
  const along = (from: ArrayLike<number>, set: (i: number, value: number) => void, dx: number, dy: number) => {
    for (let i = 0; i < frames.length; i++) {
      const channel = i % 3;
      const pixel = (i - channel) / 3;
      const x = pixel % SIZE;
      const y = ((pixel - x) / SIZE) % SIZE;
      const frame = i - channel - 3 * (y * SIZE + x);
      let sum = 0;
      for (let k = -reach; k <= reach; k++) {
        const at = inside(y + k * dy) * SIZE + inside(x + k * dx);
        sum += kernel[k + reach] * from[frame + 3 * at + channel];
      }
      set(i, sum / total);
    }
  };
  along(frames, (i, value) => (rows[i] = value), 1, 0);
  along(rows, (i, value) => (out[i] = byte(value)), 0, 1);
  return out;
}

const byte = (value: number): number => Math.max(0, Math.min(255, Math.round(value)));
