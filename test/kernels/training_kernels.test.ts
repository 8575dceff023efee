// The kernels of the student's data and weights against what they say.
import { describe, expect, test } from "vitest";
import gatherWindows from "../../shaders/nn/gather_windows.wgsl";
import transposeTaps from "../../shaders/nn/transpose_taps.wgsl";
import { withGpu } from "../support/gpu.ts";
import { normals } from "../support/random.ts";

const gpu = withGpu();

const workgroups = [32, 64, 128];
const groups = (size: number, workgroup: number) => Math.ceil(size / workgroup);

describe.each(workgroups)("elementwise kernels, workgroup %i", (WORKGROUP) => {
  const constants = { WORKGROUP };

  test.each([
    [1, 1, 1],
    [1, 65, 7],
    [27, 5, 3],
    [27, 64, 2],
  ])("transpose_taps taps=%i rows=%i cols=%i", async (taps, rows, cols) => {
    const g = gpu();
    const w = normals(taps * rows * cols, 3);
    const out = g.output(taps * rows * cols);
    const grid = [groups(rows, WORKGROUP), taps * cols] as const;
    g.run(
      await g.kernels.bind(transposeTaps, {
        buffers: { w: g.input(w), out },
        params: { taps, rows, cols },
        grid,
        constants,
      }),
    );
    const expected = Float32Array.from({ length: taps * rows * cols }, (_, k) => {
      const [line, i] = [Math.floor(k / rows), k % rows];
      const [tap, j] = [taps - 1 - Math.floor(line / cols), line % cols];
      return w[(tap * rows + i) * cols + j];
    });
    expect(await g.readOutput(out, expected.length)).toEqual(expected);
  });

  test("gather_windows, plain and mirrored", async () => {
    const g = gpu();
    const [F, H, W, p] = [5, 2, 3, 2];
    const [pixels, ld, B, frames] = [3 * p * p, 16, 2, 3];
    const clip = normals(F * H * W * ld, 4);
    const windows = Uint32Array.of(2, 0, 1, 1);
    const rows = B * frames * H * W;
    const out = g.output(rows * ld);
    g.run(
      await g.kernels.bind(gatherWindows, {
        buffers: { clip: g.input(clip), windows: g.input(windows), out },
        params: { frames, H, W, ld, p, pixels },
        grid: [groups(ld, WORKGROUP), H * W, B * frames],
        constants,
      }),
    );
    const expected = Float32Array.from({ length: rows * ld }, (_, i) => {
      const [r, c] = [Math.floor(i / ld), i % ld];
      const [b, f, y, x] = [
        Math.floor(r / (frames * H * W)),
        Math.floor(r / (H * W)) % frames,
        Math.floor(r / W) % H,
        r % W,
      ];
      const mirror = windows[2 * b + 1] === 1;
      // Within a patch c = (channel · p + row) · p + column.
      const channel = mirror && c < pixels ? c - (c % p) + (p - 1 - (c % p)) : c;
      return clip[(((windows[2 * b] + f) * H + y) * W + (mirror ? W - 1 - x : x)) * ld + channel];
    });
    expect(await g.readOutput(out, expected.length)).toEqual(expected);
  });
});
