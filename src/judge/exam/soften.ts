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
  /** Of each place along a row or column those that are summed there. */
  const near = Array.from({ length: SIZE }, (_, i) => kernel.map((_, k) => inside(i + k - reach)));
  /** Along all lines whose pixels lie `step` apart, and which lie `across` apart. */
  const along = (from: Uint8Array | Float32Array, to: Float32Array | Float64Array, step: number, across: number) => {
    for (let frame = 0; frame < frames.length; frame += 3 * SIZE * SIZE) {
      for (let line = 0; line < SIZE; line++) {
        for (let channel = 0; channel < 3; channel++) {
          const start = frame + line * across + channel;
          for (let i = 0; i < SIZE; i++) {
            const places = near[i];
            let sum = 0;
            for (let k = 0; k < places.length; k++) sum += kernel[k] * from[start + places[k] * step];
            to[start + i * step] = sum / total;
          }
        }
      }
    }
  };
  const rows = new Float32Array(frames.length);
  along(frames, rows, 3, 3 * SIZE);
  const both = new Float64Array(frames.length);
  along(rows, both, 3 * SIZE, 3);
  const out = new Uint8Array(frames.length);
  for (let i = 0; i < out.length; i++) out[i] = byte(both[i]);
  return out;
}

const byte = (value: number): number => Math.max(0, Math.min(255, Math.round(value)));
