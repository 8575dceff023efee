// The kernels of the student and its optimiser against their float64 twins.
import { describe, expect, test } from "vitest";
import doubleFrames from "../../shaders/nn/double_frames.wgsl";
import doubleFramesBackward from "../../shaders/nn/double_frames_backward.wgsl";
import gatherWindows from "../../shaders/nn/gather_windows.wgsl";
import silu from "../../shaders/nn/silu.wgsl";
import siluBackward from "../../shaders/nn/silu_backward.wgsl";
import transposeTaps from "../../shaders/nn/transpose_taps.wgsl";
import adamw from "../../shaders/optim/adamw.wgsl";
import ema from "../../shaders/optim/ema.wgsl";
import globalNorm from "../../shaders/optim/global_norm.wgsl";
import squareSums from "../../shaders/optim/square_sums.wgsl";
import type { BoundKernel } from "../../src/gpu/kernels.ts";
import { submitNow } from "../../src/gpu/steps.ts";
import { ceil4 } from "../../src/kernels/product.ts";
import * as reference from "../../src/reference/index.ts";
import {
  bindConvolution,
  bindConvolutionBackward,
  convolvedGrid,
  unfoldedBytes,
} from "../../src/student/convolution.ts";
import { augmented, bindTrunk, bindTrunkBackward } from "../../src/student/trunk.ts";
import { expectClose } from "../support/close.ts";
import { withGpu } from "../support/gpu.ts";
import { peak } from "../support/losses.ts";
import { normals } from "../support/random.ts";

const gpu = withGpu();
const EPS32 = 2 ** -23;

/** A sum of K products has a rounding error like a random walk: √K·eps of its largest value, with room for the order of the sum. */
const product = (K: number, expected: ArrayLike<number>) => {
  const rtol = 4 * (Math.sqrt(K) + 4) * EPS32;
  return { rtol, atol: rtol * peak(expected) };
};
const workgroups = [32, 64, 128];
const groups = (size: number, workgroup: number) => Math.ceil(size / workgroup);

/** Rows with a 1 behind their K values and zeros up to the stride, as every layer reads them; whole vec4s of rows. */
function augment(values: Float32Array, rows: number, K: number): Float32Array {
  const stride = augmented(K);
  const out = new Float32Array(ceil4(rows) * stride);
  for (let r = 0; r < rows; r++) {
    out.set(values.subarray(r * K, (r + 1) * K), r * stride);
    out[r * stride + K] = 1;
  }
  return out;
}

/** Drops what lies behind the columns of each row. */
const strip = (values: Float32Array, rows: number, cols: number, stride: number) =>
  Float32Array.from({ length: rows * cols }, (_, i) => values[Math.floor(i / cols) * stride + (i % cols)]);

describe.each(workgroups)("elementwise kernels, workgroup %i", (WORKGROUP) => {
  const constants = { WORKGROUP };

  test.each([
    [1, 1],
    [3, 63],
    [5, 64],
    [2, 65],
    [7, 131],
  ])("silu rows=%i C=%i", async (rows, C) => {
    const g = gpu();
    const [ld_p, ld_h] = [ceil4(C), augmented(C)];
    const values = normals(rows * ld_p, 1).map((value) => 4 * value);
    values[0] = -200; // exp overflows: the value is its limit, 0
    const [h, d] = [g.output(rows * ld_h), g.output(rows * ld_p)];
    const p = g.input(values);
    const given = normals(rows * ld_p, 2);
    g.device.queue.writeBuffer(d, 0, given);
    const backward = { buffers: { p, d }, params: { rows, C, ld: ld_p }, grid: [groups(C, WORKGROUP), rows] } as const;
    g.run(
      await g.kernels.bind(silu, {
        buffers: { p, h },
        params: { rows, C, ld_p, ld_h },
        grid: [groups(ld_h, WORKGROUP), rows],
        constants,
      }),
      await g.kernels.bind(siluBackward, { ...backward, constants }),
    );
    const expected = augment(
      Float32Array.from(strip(Float32Array.from(reference.silu(values)), rows, C, ld_p)),
      rows,
      C,
    );
    // σ is one exponential and one quotient: a few eps of the value.
    const close = { rtol: 8 * EPS32, atol: 1e-7 };
    expectClose("h", await g.readOutput(h, rows * ld_h), expected.subarray(0, rows * ld_h), close);
    const gradient = reference.siluBackward(values, given).map((value, i) => (i % ld_p < C ? value : given[i]));
    // 1 − σ and 1 + v·(1 − σ) cancel far from 0, where the result is small beside its factors.
    expectClose("d", await g.readOutput(d, rows * ld_p), gradient, { rtol: 64 * EPS32, atol: 4e-6 });
  });

  test.each([
    [1, 1, 1],
    [1, 65, 7],
    [27, 5, 3],
    [27, 64, 2],
  ])("transpose_taps taps=%i rows=%i cols=%i", async (taps, rows, cols) => {
    const g = gpu();
    const w = normals((taps * rows + 1) * cols, 3);
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

  test.each([
    // clips, F, row
    [1, 1, 1],
    [3, 1, 63],
    [2, 3, 64],
    [1, 2, 65],
    [2, 13, 131],
    [1, 4, 64 * 192],
  ])("double_frames clips=%i F=%i row=%i", async (clips, F, row) => {
    const g = gpu();
    const [x, d] = [normals(clips * F * row, 41), normals(2 * clips * F * row, 42)];
    const [out, dx] = [g.output(d.length), g.output(x.length)];
    const bound = (frames: number) => [groups(row, WORKGROUP), frames] as const;
    g.run(
      await g.kernels.bind(doubleFrames, {
        buffers: { x: g.input(x), out },
        params: { frames: F, out_frames: 2 * clips * F, row },
        grid: bound(2 * clips * F),
        constants,
      }),
      await g.kernels.bind(doubleFramesBackward, {
        buffers: { dout: g.input(d), dx },
        params: { frames: F, in_frames: clips * F, row },
        grid: bound(clips * F),
        constants,
      }),
    );
    // At most four products by exact quarters and their sum: a few eps of the largest value.
    const close = { rtol: 4 * EPS32, atol: 16 * EPS32 };
    const shape = { clips, F, row };
    expectClose("out", await g.readOutput(out, d.length), reference.doubleFrames(x, shape), close);
    expectClose("dx", await g.readOutput(dx, x.length), reference.doubleFramesBackward(d, shape), close);
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
        params: { rows, frames, H, W, ld, p, pixels },
        grid: [groups(ld, WORKGROUP), rows],
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

describe("linear layers", () => {
  test.each([
    [1, [1, 1]],
    [5, [3, 7, 2]],
    [63, [12, 9, 16, 5]],
    [65, [64, 65, 63]],
    [130, [47, 32, 130, 31]],
  ])("rows=%i sizes=%j", async (rows, sizes) => {
    const g = gpu();
    const x = normals(rows * sizes[0], 5);
    const weights = sizes
      .slice(1)
      .map((size, i) => normals((sizes[i] + 1) * size, 6 + i).map((w) => w / Math.sqrt(sizes[i])));
    const last = sizes.length - 2;
    const inner = sizes[last + 1];
    const dy = normals(rows * inner, 20);
    const input = g.input(augment(x, rows, sizes[0]));
    // A small chunk, so that the products are cut.
    const trunk = await bindTrunk(g, {
      rows,
      sizes,
      weights: weights.map((w) => g.input(w)),
      input,
      flopPerSubmit: 1e5,
    });
    const padded = new Float32Array(ceil4(rows) * ceil4(inner));
    for (let r = 0; r < rows; r++) padded.set(dy.subarray(r * inner, (r + 1) * inner), r * ceil4(inner));
    const gradients = weights.map(({ length }) => g.output(length));
    const works = await bindTrunkBackward(g, trunk, g.input(padded), gradients);
    submitNow(g.device, "trunk", [...trunk.steps, ...works]);

    const before: Float64Array[] = [];
    let h: ArrayLike<number> = x;
    const hidden = [h];
    for (const [i, w] of weights.entries()) {
      before.push(reference.linear(h, w, rows, sizes[i], sizes[i + 1]));
      h = i < last ? reference.silu(before[i]) : before[i];
      hidden.push(h);
    }
    const y = strip(await g.readback.read(trunk.outputs[last]), rows, inner, ceil4(inner));
    expectClose("y", y, before[last], product(Math.max(...sizes), before[last]));
    let d: Float64Array = Float64Array.from(dy);
    for (let i = last; i >= 0; i--) {
      const { dx, dw } = reference.linearBackward(hidden[i], weights[i], d, rows, sizes[i], sizes[i + 1]);
      expectClose(`dw ${i}`, await g.readOutput(gradients[i], dw.length), dw, product(Math.max(rows, ...sizes), dw));
      if (i > 0) d = reference.siluBackward(before[i - 1], dx);
    }
  });
});

describe("convolution", () => {
  test.each([
    // B, F, H, W, Ci, Co, stride
    [1, 1, 1, 1, 1, 1, 1],
    [2, 3, 3, 5, 4, 3, 1],
    [1, 2, 4, 3, 3, 5, 1],
    [3, 1, 5, 2, 7, 4, 1],
    [1, 3, 4, 4, 65, 16, 1],
    [2, 2, 6, 9, 4, 3, 3],
    [1, 2, 7, 5, 3, 4, 2],
  ])("B=%i F=%i H=%i W=%i Ci=%i Co=%i stride=%i", async (B, F, H, W, Ci, Co, stride) => {
    const g = gpu();
    const shape = { frame0: 0, frames: F, H, W, inputs: Ci, outputs: Co, stride };
    const out = convolvedGrid(shape);
    const [rows, outRows] = [B * F * H * W, B * F * out.H * out.W];
    const ld = ceil4(Ci);
    const x = normals(rows * Ci, 31);
    const w = normals((27 * Ci + 1) * Co, 32);
    const dy = normals(outRows * Co, 33);
    const padded = new Float32Array(rows * ld).fill(Number.NaN); // what lies between the rows is never read
    for (let r = 0; r < rows; r++) padded.set(x.subarray(r * Ci, (r + 1) * Ci), r * ld);
    const unfolded = g.input(new Float32Array(unfoldedBytes(Math.max(rows, outRows), Ci, Co) / 4).fill(Number.NaN));
    const weight = g.input(w);
    const [y, gradient, dInput] = [g.output(outRows * Co), g.output(w.length), g.output(rows * ld)];
    const forward = await bindConvolution(g, {
      shape,
      token0: 0,
      rows: outRows,
      input: g.input(padded),
      unfolded,
      weight,
      output: y,
      flopPerSubmit: 1e5,
    });
    const dOutput = g.input(dy);
    const backward = { shape, clips: B, weight, unfolded, dOutput, gradient, dInput, flopPerSubmit: 1e5 };
    const works = await bindConvolutionBackward(g, backward);
    submitNow(g.device, "convolution", [...forward, ...works]);
    const conv = { B, F, H, W, Ci, Co, stride, pad: stride > 1 ? 0 : 1 };
    const expected = reference.conv3d(x, w, conv);
    const { dx, dw } = reference.conv3dBackward(x, w, dy, conv);
    expectClose("y", await g.readOutput(y, outRows * Co), expected, product(27 * Ci, expected));
    expectClose("dw", await g.readOutput(gradient, w.length), dw, product(outRows, dw));
    const found = strip(await g.readOutput(dInput, rows * ld), rows, Ci, ld);
    expectClose("dx", found, dx, product(27 * Co, dx));
  });

  test("a part of the frames sees nothing of the others, and parts of rows make the whole", async () => {
    const g = gpu();
    const [F, H, W, Ci, Co] = [5, 2, 3, 3, 2];
    const x = normals(F * H * W * 4, 34);
    const w = normals((27 * Ci + 1) * Co, 35);
    const run = async (token0: number, rows: number) => {
      const output = g.output(rows * Co);
      const unfolded = g.input(new Float32Array(unfoldedBytes(rows, Ci, Co) / 4));
      const works = await bindConvolution(g, {
        shape: { frame0: 2, frames: 3, H, W, inputs: Ci, outputs: Co, stride: 1 },
        token0,
        rows,
        input: g.input(x),
        unfolded,
        weight: g.input(w),
        output,
        flopPerSubmit: 1e9,
      });
      submitNow(g.device, "convolution", works);
      return g.readOutput(output, rows * Co);
    };
    const plane = H * W;
    const alone = strip(x.slice(2 * plane * 4), 3 * plane, Ci, 4);
    const expected = reference.conv3d(alone, w, { B: 1, F: 3, H, W, Ci, Co, stride: 1, pad: 1 });
    expectClose("frames 2-4", await run(2 * plane, 3 * plane), expected, product(27 * Ci, expected));
    const tail = expected.subarray(7 * Co);
    expectClose("from the 8th token", await run(2 * plane + 7, 3 * plane - 7), tail, product(27 * Ci, expected));
  });
});

describe("optimiser", () => {
  const ADAMW = { beta1: 0.9, beta2: 0.999, eps: 1e-8, decay: 0.1 };

  test.each([
    [1, 1],
    [65, 1],
    [1000, 4],
  ])("AdamW, clipping and average over tensors of %i, %i threads a norm", async (n, threads) => {
    const g = gpu();
    const lengths = [n, 3];
    const guard = g.output(4);
    g.device.queue.writeBuffer(guard, 0, new Float32Array(4));
    const schedule = g.input(new Float32Array(4));
    const partials = g.output(2 * threads);
    const loss = g.input(Float32Array.of(0.5));
    const [lambda, clip] = [0.5, 1];
    const tensors = lengths.map((length, i) => {
      const p = normals(length, 40 + i);
      const made = { p: g.output(length), m: g.output(length), v: g.output(length), average: g.output(length) };
      for (const [buffer, data] of [
        [made.p, p],
        [made.m, new Float32Array(length)],
        [made.v, new Float32Array(length)],
        [made.average, p],
      ] as const) {
        g.device.queue.writeBuffer(buffer, 0, data as Float32Array<ArrayBuffer>);
      }
      const state: reference.AdamwState = {
        p: Float64Array.from(p),
        m: new Float64Array(length),
        v: new Float64Array(length),
      };
      return { ...made, state, expected: Float64Array.from(p) as Float64Array, gradient: g.output(length) };
    });
    const kernels: BoundKernel[] = [];
    for (const [i, { gradient }] of tensors.entries()) {
      const params = { n: lengths[i], threads, offset: i * threads };
      kernels.push(await g.kernels.bind(squareSums, { buffers: { values: gradient, partials }, params, grid: [1] }));
    }
    const params = { count: 2 * threads, lambda, clip };
    kernels.push(await g.kernels.bind(globalNorm, { buffers: { partials, loss, guard }, params, grid: [1] }));
    for (const [i, { gradient, p, m, v, average }] of tensors.entries()) {
      const grid = [groups(lengths[i], 64)] as const;
      const buffers = { gradient, guard, schedule, p, m, v };
      kernels.push(await g.kernels.bind(adamw, { buffers, params: { n: lengths[i], ...ADAMW }, grid }));
      const averages = { p, guard, schedule, ema: average };
      kernels.push(await g.kernels.bind(ema, { buffers: averages, params: { n: lengths[i] }, grid }));
    }
    const learningRate = 0.01;
    for (let t = 1; t <= 3; t++) {
      // The second gradient is small enough not to be clipped.
      const drawn = lengths.map((length, i) => normals(length, 50 * t + i).map((x) => (t === 2 ? 0.01 * x : x)));
      for (const [i, { gradient }] of tensors.entries())
        g.device.queue.writeBuffer(gradient, 0, drawn[i] as Float32Array<ArrayBuffer>);
      const step = learningRate / (1 - ADAMW.beta1 ** t);
      g.device.queue.writeBuffer(
        schedule,
        0,
        Float32Array.of(learningRate, step, Math.sqrt(1 - ADAMW.beta2 ** t), 0.8),
      );
      g.run(...kernels);
      const { norm, scale } = reference.clipping(drawn, lambda, clip);
      const found = await g.readOutput(guard, 4);
      expectClose("guard", found, [norm, scale, 0.5, 0], { rtol: 1e-5, atol: 0 });
      for (const [i, tensor] of tensors.entries()) {
        tensor.state = reference.adamw(
          tensor.state,
          drawn[i].map((x) => scale * x),
          t,
          { learningRate, ...ADAMW },
        );
        tensor.expected = reference.movingAverage(tensor.expected, tensor.state.p, 0.8);
        // m / √v amplifies the relative rounding of both where they nearly vanish: a step is at most η, so η·1e-4 is the scale.
        const close = { rtol: 4 * EPS32, atol: 1e-6 };
        expectClose("p", await g.readOutput(tensor.p, lengths[i]), tensor.state.p, close);
        expectClose("m", await g.readOutput(tensor.m, lengths[i]), tensor.state.m, { rtol: 1e-5, atol: 1e-7 });
        expectClose("v", await g.readOutput(tensor.v, lengths[i]), tensor.state.v, { rtol: 1e-4, atol: 1e-10 });
        expectClose("average", await g.readOutput(tensor.average, lengths[i]), tensor.expected, close);
      }
    }

    // A gradient that is not a number, then a good one: nothing moves any more.
    const before = await g.readOutput(tensors[0].p, n);
    for (const value of [Number.NaN, 1]) {
      g.device.queue.writeBuffer(tensors[0].gradient, 0, new Float32Array(n).fill(value));
      g.run(...kernels);
      expect((await g.readOutput(guard, 4))[3]).toBe(1);
      expect(await g.readOutput(tensors[0].p, n)).toEqual(before);
    }
  });
});
