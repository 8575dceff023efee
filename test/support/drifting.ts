import * as reference from "../../src/reference/index.ts";
import type { AlignData } from "../../src/train/align_data.ts";
import { normals, random } from "./random.ts";

/** A clip of coloured noise that drifts by one token a frame, with a teacher that knows each patch by a random code. */
export function drifting(F: number, H: number, W: number, C = 16, patch = 4): AlignData {
  const D = 3 * patch * patch;
  const next = random(9);
  const world = Array.from({ length: H * (W + F) }, () => Float32Array.from({ length: D }, () => next()));
  const codes = world.map((_, i) => normals(C, 100 + i));
  const patches = new Float32Array(F * H * W * D);
  const teacher = new Float32Array(F * H * W * C);
  for (let i = 0; i < F * H * W; i++) {
    const [f, y, x] = [Math.floor(i / (H * W)), Math.floor(i / W) % H, i % W];
    patches.set(world[y * (W + F) + x + f], i * D);
    teacher.set(codes[y * (W + F) + x + f], i * C);
  }
  /** What is at column x of frame `first` is at x − 1 one frame later. */
  const track = (first: number, count: number, row: number, col: number) =>
    Float32Array.from({ length: 2 * count }, (_, i) => {
      const at = col - (first + (i >> 1));
      if (at < 0) return Number.NaN;
      return i % 2 === 0 ? row : at;
    });
  return {
    grid: { F, H, W },
    patch,
    inputs: D,
    seen: patches,
    tubelet: 1,
    motion: reference.motionSaliency(patches, F, H * W, D),
    teacher,
    C,
    truthOf(_, count) {
      const all = new Float32Array(H * W * count * 2);
      for (let s = 0; s < H * W; s++) all.set(track(0, count, Math.floor(s / W), s % W), s * count * 2);
      return all;
    },
    trackOf: (frame, row, col) => track(-frame, F, row, col),
  };
}
