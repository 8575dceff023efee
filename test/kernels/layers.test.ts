// Every layer of a tape, forward and backward, against its float64 twin.
import { describe, expect, test } from "vitest";
import type { KernelBinder } from "../../src/gpu/kernels.ts";
import { silu } from "../../src/nn/activation.ts";
import { add } from "../../src/nn/add.ts";
import { conv3d } from "../../src/nn/conv3d.ts";
import { doubleFrames } from "../../src/nn/double_frames.ts";
import { layernorm } from "../../src/nn/layernorm.ts";
import { linear } from "../../src/nn/linear.ts";
import { bindPlan } from "../../src/nn/memory.ts";
import { lengthOf, Tape, type Tensor } from "../../src/nn/tape.ts";
import * as reference from "../../src/reference/index.ts";
import { expectClose } from "../support/close.ts";
import { withGpu } from "../support/gpu.ts";
import { peak } from "../support/losses.ts";
import { normals } from "../support/random.ts";
import { planOf, runTape } from "../support/tape.ts";

const gpu = withGpu();
const EPS32 = 2 ** -23;

/** A sum of K products has a rounding error like a random walk: √K·eps of its largest value, with room for the order of the sum. */
const product = (K: number, expected: ArrayLike<number>) => {
  const rtol = 4 * (Math.sqrt(K) + 4) * EPS32;
  return { rtol, atol: rtol * peak(expected) };
};

describe("value by value", () => {
  test.each([[1], [63], [64], [65], [917], [64 * 65536 + 3]])("silu and add of %i values", async (n) => {
    const g = gpu();
    const t = new Tape();
    const x = t.parameter("x", [n]);
    const y = silu(t, x);
    const z = add(t, y, x);
    const values = normals(n, 1).map((value) => 4 * value);
    values[0] = -200; // exp overflows: the value is its limit, 0
    const dz = normals(n, 2);
    const ran = await runTape(g, t, { given: new Map([[x, values]]), heads: new Map([[z, dz]]), wanted: [x] });
    const expected = reference.silu(values);
    // σ is one exponential and one quotient: a few eps of the value.
    const sum = expected.map((value, i) => value + values[i]);
    expectClose("y + x", ran.value(z), sum, { rtol: 8 * EPS32, atol: 1e-5 });
    // 1 − σ and 1 + v·(1 − σ) cancel far from 0, where the result is small beside its factors.
    const gradient = reference.siluBackward(values, dz).map((value, i) => value + dz[i]);
    expectClose("dx", ran.gradient(x), gradient, { rtol: 64 * EPS32, atol: 4e-6 });
  });

  test.each([
    // clips, frames, row
    [1, 1, 1],
    [3, 1, 63],
    [2, 3, 64],
    [1, 4, 65],
  ])("double_frames of %i clips of %i frames of %i values", async (clips, F, row) => {
    const t = new Tape();
    const x = t.parameter("x", [clips, F, row]);
    const y = doubleFrames(t, x);
    const [values, dy] = [normals(clips * F * row, 3), normals(2 * clips * F * row, 4)];
    const run = { given: new Map([[x, values]]), heads: new Map([[y, dy]]), wanted: [x] };
    const ran = await runTape(gpu(), t, run);
    const close = { rtol: 4 * EPS32, atol: 4 * EPS32 };
    expectClose("y", ran.value(y), reference.doubleFrames(values, { clips, F, row }), close);
    expectClose("dx", ran.gradient(x), reference.doubleFramesBackward(dy, { clips, F, row }), close);
  });
});

describe("linear", () => {
  test.each([
    // R, K, O
    [1, 4, 4],
    [3, 8, 20],
    [63, 12, 64],
    [64, 64, 68],
    [65, 100, 8],
    [301, 132, 36],
  ])("R=%i K=%i O=%i", async (R, K, O) => {
    const t = new Tape();
    const [x, w, b] = [t.parameter("x", [R, K]), t.parameter("w", [K, O]), t.parameter("b", [O])];
    const y = linear(t, x, { w, b });
    const [xs, ws, bs, dy] = [normals(R * K, 1), normals(K * O, 2), normals(O, 3), normals(R * O, 4)];
    const given = new Map([
      [x, xs],
      [w, ws],
      [b, bs],
    ]);
    const ran = await runTape(gpu(), t, { given, heads: new Map([[y, dy]]), wanted: [x, w, b] });
    const size = { R, K, O };
    const expected = reference.linear(xs, { w: ws, b: bs }, size);
    const { dx, dw, db } = reference.linearBackward(xs, ws, dy, size);
    expectClose("y", ran.value(y), expected, product(K + 1, expected));
    expectClose("dx", ran.gradient(x), dx, product(O, dx));
    expectClose("dw", ran.gradient(w), dw, product(R, dw));
    expectClose("db", ran.gradient(b), db, product(R, db));
  });

  test("sizes that the product cannot read at once are refused with the next one", () => {
    const t = new Tape();
    const w = t.parameter("w", [6, 8]);
    expect(() => linear(t, t.data("x", [2, 6]), { w, b: t.parameter("b", [8]) })).toThrow(
      /multiples of 4, got 6: use 8/,
    );
  });
});

describe("layernorm", () => {
  test.each([
    // R, C
    [1, 1],
    [3, 160],
    [63, 7],
    [64, 64],
    [65, 33],
    [301, 20],
  ])("R=%i C=%i", async (R, C) => {
    const t = new Tape();
    const [x, w, b] = [t.parameter("x", [R, C]), t.parameter("w", [C]), t.parameter("b", [C])];
    const y = layernorm(t, x, { w, b });
    // A mean that is large beside the spread, which must not cancel it.
    const [xs, ws, bs, dy] = [
      normals(R * C, 1).map((value) => value + 30),
      normals(C, 2),
      normals(C, 3),
      normals(R * C, 4),
    ];
    const given = new Map([
      [x, xs],
      [w, ws],
      [b, bs],
    ]);
    const ran = await runTape(gpu(), t, { given, heads: new Map([[y, dy]]), wanted: [x, w, b] });
    const rows = { R, C, eps: 1e-5 };
    const { dx, dw, db } = reference.layernormBackward(xs, ws, dy, rows);
    // A value of 30 is rounded to 30 · eps/2, and the spread is 1: some 60 eps of everything, and √R of it in sums over rows.
    const near = (values: ArrayLike<number>, terms: number) => ({
      rtol: 1e-5,
      atol: 256 * EPS32 * Math.sqrt(terms) * Math.max(1, peak(values)),
    });
    if (C > 1) {
      const expected = reference.layernorm(xs, { w: ws, b: bs }, rows);
      expectClose("y", ran.value(y), expected, near(expected, 1));
      expectClose("dx", ran.gradient(x), dx, near(dx, 1));
      expectClose("dw", ran.gradient(w), dw, near(dw, R));
    } else expectClose("a row of one value is its bias", ran.value(y), bs, { rtol: 0, atol: 0 });
    expectClose("db", ran.gradient(b), db, near(db, R));
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
    const t = new Tape();
    const rows = B * F * H * W;
    const [x, w, b] = [t.parameter("x", [rows, Ci]), t.parameter("w", [27, Ci, Co]), t.parameter("b", [Co])];
    const y = conv3d(t, x, { w, b }, { clips: B, frames: F, H, W, stride });
    const outRows = y.shape.slice(0, -1).reduce((a, c) => a * c, 1);
    const [xs, ws, bs] = [normals(rows * Ci, 31), normals(27 * Ci * Co, 32), normals(Co, 34)];
    const dy = normals(outRows * Co, 33);
    const given = new Map([
      [x, xs],
      [w, ws],
      [b, bs],
    ]);
    const ran = await runTape(gpu(), t, { given, heads: new Map([[y, dy]]), wanted: [x, w, b] });
    const conv = { B, F, H, W, Ci, Co, stride, pad: stride > 1 ? 0 : 1 };
    const expected = reference.conv3d(xs, { w: ws, b: bs }, conv);
    const { dx, dw, db } = reference.conv3dBackward(xs, ws, dy, conv);
    expectClose("y", ran.value(y), expected, product(27 * Ci, expected));
    expectClose("dx", ran.gradient(x), dx, product(27 * Co, dx));
    expectClose("dw", ran.gradient(w), dw, product(outRows, dw));
    expectClose("db", ran.gradient(b), db, product(outRows, db));
  });

  test("tiles that are more than a dispatch has groups in one dimension lie over two", async () => {
    const g = gpu();
    const trained = (B: number, H: number) => {
      const t = new Tape();
      const [x, w, b] = [t.parameter("x", [B * H, 4]), t.parameter("w", [27, 4, 4]), t.parameter("b", [4])];
      const y = conv3d(t, x, { w, b }, { clips: B, frames: 1, H, W: 1 });
      return { t, x, w, b, y };
    };
    const [B, H] = [3, 5];
    const { t, x, w, b, y } = trained(B, H);
    const [xs, ws, bs, dy] = [normals(B * H * 4, 37), normals(27 * 16, 38), normals(4, 39), normals(B * H * 4, 40)];
    const given = new Map([
      [x, xs],
      [w, ws],
      [b, bs],
    ]);
    // So many tiles take long: these nine lie as they would, two beside each other.
    const bind: KernelBinder["bind"] = (spec, options) => {
      const [across, tiles = 1] = options.grid;
      const folded = spec.name.startsWith("nn/winograd.wgsl") ? ([across, 2, Math.ceil(tiles / 2)] as const) : null;
      return g.kernels.bind(spec, folded ? { ...options, grid: folded } : options);
    };
    const small = { ...g, kernels: { bind } as KernelBinder };
    const ran = await runTape(small, t, { given, heads: new Map([[y, dy]]), wanted: [x, w, b] });
    const conv = { B, F: 1, H, W: 1, Ci: 4, Co: 4, stride: 1, pad: 1 };
    const expected = reference.conv3d(xs, { w: ws, b: bs }, conv);
    const { dx, dw } = reference.conv3dBackward(xs, ws, dy, conv);
    expectClose("y", ran.value(y), expected, product(27 * 4, expected));
    expectClose("dx", ran.gradient(x), dx, product(27 * 4, dx));
    expectClose("dw", ran.gradient(w), dw, product(B * H, dw));

    const many = trained(65539, 1);
    const wanted = [many.x, many.w, many.b];
    const plan = planOf(many.t, { heads: new Map([[many.y, new Float32Array()]]), wanted });
    const room = (tensor: Tensor) => [tensor, g.buffers.create("room", 4 * lengthOf(tensor))] as const;
    const places = {
      values: new Map([...wanted, many.y].map(room)),
      gradients: new Map([...wanted, many.y].map(room)),
    };
    const scratch = plan.sizes.map((bytes) => g.buffers.create("scratch", bytes));
    const { forward, backward } = await bindPlan(g, plan, scratch, places);
    expect(forward.length + backward.length).toBeGreaterThan(0);
  });

  test.each([1, 2])("stride %i: one that is trained starts at frame 0, which is said", (stride) => {
    const t = new Tape();
    const [w, b] = [t.parameter("w", [27, 4, 4]), t.parameter("b", [4])];
    const where = { clips: 1, frames: 1, frame0: 1, H: 5, W: 5, stride };
    expect(() => conv3d(t, t.parameter("x", [2, 5, 5, 4]), { w, b }, where)).toThrow(
      new RangeError("a convolution that is trained starts at frame 0, got 1"),
    );
    expect(conv3d(t, t.data("x", [2, 5, 5, 4]), { w, b }, where).shape).toHaveLength(5);
  });

  test("where nothing is trained, a part of the frames sees nothing of the others and some rows at a time make the whole", async () => {
    const g = gpu();
    const [F, first, frames, H, W, Ci, Co] = [12, 2, 9, 7, 9, 192, 4];
    const t = new Tape();
    const [x, w, b] = [t.data("x", [F, H, W, Ci]), t.data("w", [27, Ci, Co]), t.data("b", [Co])];
    const y = conv3d(t, x, { w, b }, { clips: 1, frames, frame0: first, H, W });
    const S = H * W;
    const [xs, ws, bs] = [normals(F * S * Ci, 34), normals(27 * Ci * Co, 35), normals(Co, 36)];
    const given = new Map([
      [x, xs],
      [w, ws],
      [b, bs],
    ]);
    const run = { given, heads: new Map([[y, null]]), wanted: [] };
    // 567 rows of 27 · 192 floats are 11.8 MB: they are cut.
    expect(planOf(t, run).sizes[0]).toBeLessThanOrEqual(8 * 2 ** 20);
    const ran = await runTape(g, t, run);
    const alone = xs.subarray(first * S * Ci, (first + frames) * S * Ci);
    const conv = { B: 1, F: frames, H, W, Ci, Co, stride: 1, pad: 1 };
    const expected = reference.conv3d(alone, { w: ws, b: bs }, conv);
    expectClose("y", ran.value(y), expected, product(27 * Ci, expected));
  });
});
