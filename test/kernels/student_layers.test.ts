// The diffusion student's own layers, forward and backward, against their float64 twins.
import { describe, expect, test } from "vitest";
import { gelu } from "../../src/nn/activation.ts";
import { attention } from "../../src/nn/attention.ts";
import { layernorm } from "../../src/nn/layernorm.ts";
import { gated, modulate } from "../../src/nn/modulate.ts";
import { lastRows, stream } from "../../src/nn/stream.ts";
import { Tape } from "../../src/nn/tape.ts";
import { x0Loss } from "../../src/nn/x0_loss.ts";
import * as reference from "../../src/reference/index.ts";
import { expectClose } from "../support/close.ts";
import { withGpu } from "../support/gpu.ts";
import { peak } from "../support/losses.ts";
import { normals } from "../support/random.ts";
import { runTape } from "../support/tape.ts";

const gpu = withGpu();
const EPS32 = 2 ** -23;

/** A sum of K rounded terms errs like a random walk, √K·eps of its largest value; `more` for what went into the terms. */
const sum = (K: number, expected: ArrayLike<number>, more = 1) => {
  const rtol = 4 * more * (Math.sqrt(K) + 4) * EPS32;
  return { rtol, atol: rtol * peak(expected) };
};

test.each([[1], [64], [65], [917]])("gelu of %i values", async (n) => {
  const t = new Tape();
  const x = t.parameter("x", [n]);
  const y = gelu(t, x);
  const values = normals(n, 1).map((value) => 3 * value);
  values[0] = -60; // exp overflows: the value is its limit, 0
  const dy = normals(n, 2);
  const ran = await runTape(gpu(), t, { given: new Map([[x, values]]), heads: new Map([[y, dy]]), wanted: [x] });
  // One exponential of an argument that is itself rounded: |2u| eps more.
  expectClose("y", ran.value(y), reference.gelu(values), { rtol: 64 * EPS32, atol: 2e-6 });
  expectClose("dx", ran.gradient(x), reference.geluBackward(values, dy), { rtol: 128 * EPS32, atol: 8e-6 });
});

test("layernorm of heads: rows shorter than the last side", async () => {
  const [tokens, heads, d] = [7, 3, 20];
  const t = new Tape();
  const [x, w, b] = [t.parameter("x", [tokens, heads * d]), t.parameter("w", [d]), t.parameter("b", [d])];
  const y = layernorm(t, x, { w, b }, 1e-6);
  const [xs, ws, bs, dy] = [
    normals(tokens * heads * d, 1),
    normals(d, 2),
    normals(d, 3),
    normals(tokens * heads * d, 4),
  ];
  const given = new Map([
    [x, xs],
    [w, ws],
    [b, bs],
  ]);
  const ran = await runTape(gpu(), t, { given, heads: new Map([[y, dy]]), wanted: [x, w, b] });
  const rows = { R: tokens * heads, C: d, eps: 1e-6 };
  const { dx, dw, db } = reference.layernormBackward(xs, ws, dy, rows);
  const expected = reference.layernorm(xs, { w: ws, b: bs }, rows);
  expectClose("y", ran.value(y), expected, sum(d, expected));
  expectClose("dx", ran.gradient(x), dx, sum(d, dx, 4));
  expectClose("dw", ran.gradient(w), dw, sum(rows.R, dw));
  expectClose("db", ran.gradient(b), db, sum(rows.R, db));
});

describe("adaLN", () => {
  test.each([
    // B, T, C, text
    [1, 1, 1, 0],
    [2, 7, 4, 3],
    [3, 65, 63, 12],
    [1, 268, 160, 12],
    [2, 64, 65, 0],
  ])("B=%i T=%i C=%i, %i prompt rows", async (B, T, C, text) => {
    const t = new Tape();
    const ld = (text ? 6 : 2) * C;
    const [x, m] = [t.parameter("x", [B, T, C]), t.parameter("m", [B, ld])];
    const y = modulate(t, x, m, { text });
    const [xs, ms, dy] = [normals(B * T * C, 1), normals(B * ld, 2), normals(B * T * C, 3)];
    const given = new Map([
      [x, xs],
      [m, ms],
    ]);
    const ran = await runTape(gpu(), t, { given, heads: new Map([[y, dy]]), wanted: [x, m] });
    const sizes = { B, T, C, ld, text };
    const expected = reference.modulate(xs, ms, sizes);
    const { dx, dm } = reference.modulateBackward(xs, ms, dy, sizes);
    expectClose("y", ran.value(y), expected, sum(1, expected));
    expectClose("dx", ran.gradient(x), dx, sum(1, dx));
    expectClose("dm", ran.gradient(m), dm, sum(T, dm));
  });

  test("a gate's gradient is added where shift and scale have theirs, and a branch reads the stream it joins", async () => {
    const [B, T, C, text] = [2, 37, 12, 5];
    const t = new Tape();
    const [x, m] = [t.parameter("x", [B, T, C]), t.parameter("m", [B, 6 * C])];
    const out = gated(t, x, modulate(t, x, m, { text }), m, { text });
    const [xs, ms, dout] = [normals(B * T * C, 1), normals(B * 6 * C, 2), normals(B * T * C, 3)];
    const given = new Map([
      [x, xs],
      [m, ms],
    ]);
    const ran = await runTape(gpu(), t, { given, heads: new Map([[out, dout]]), wanted: [x, m] });
    const sizes = { B, T, C, ld: 6 * C, text };
    const y = reference.modulate(xs, ms, sizes);
    const gate = reference.gatedBackward(y, ms, dout, sizes);
    const inner = reference.modulateBackward(xs, ms, gate.dy, sizes);
    const expected = reference.gated(xs, y, ms, sizes);
    expectClose("out", ran.value(out), expected, sum(2, expected));
    const dx = gate.dx.map((d, i) => d + inner.dx[i]);
    expectClose("dx", ran.gradient(x), dx, sum(2, dx));
    const dm = gate.dm.map((d, i) => d + inner.dm[i]);
    expectClose("dm", ran.gradient(m), dm, sum(T, dm, 2));
  });
});

describe("attention", () => {
  test.each([
    // B, T, heads, d
    [1, 4, 1, 4],
    [2, 12, 3, 8],
    [1, 68, 2, 20],
    [2, 64, 1, 16],
    [1, 268, 2, 80],
    // More channels of all clips than a dispatch has groups in one dimension.
    [129, 4, 2, 256],
  ])("B=%i T=%i heads=%i d=%i", async (B, T, heads, d) => {
    const t = new Tape();
    const shape = [B, T, heads * d];
    const n = B * T * heads * d;
    const [q, k, v] = ["q", "k", "v"].map((name) => t.parameter(name, shape));
    const y = attention(t, q, k, v, heads);
    const [qs, ks, vs, dy] = [1, 2, 3, 4].map((seed) => normals(n, seed));
    const given = new Map([
      [q, qs],
      [k, ks],
      [v, vs],
    ]);
    const ran = await runTape(gpu(), t, { given, heads: new Map([[y, dy]]), wanted: [q, k, v] });
    const sizes = { B, T, heads, d };
    const expected = reference.attention(qs, ks, vs, sizes);
    const { dq, dk, dv } = reference.attentionBackward(qs, ks, vs, dy, sizes);
    // Logits of about 4 at most are sums of d products, and an exponential carries their error into every share.
    const shares = 4 * Math.sqrt(d);
    expectClose("y", ran.value(y), expected, sum(T, expected, shares / 4));
    expectClose("dq", ran.gradient(q), dq, sum(T, dq, shares));
    expectClose("dk", ran.gradient(k), dk, sum(T, dk, shares));
    expectClose("dv", ran.gradient(v), dv, sum(T, dv, shares / 4));
  });

  test("sizes that the product cannot read at once are refused", () => {
    const t = new Tape();
    const of = (T: number, C: number) => t.data("q", [1, T, C]);
    expect(() => attention(t, of(6, 8), of(6, 8), of(6, 8), 2)).toThrow(
      "tokens of a clip must be a multiple of 4, got 6",
    );
    expect(() => attention(t, of(8, 12), of(8, 12), of(8, 12), 2)).toThrow(
      "channels of a head must be a multiple of 4, got 6",
    );
  });
});

test.each([
  // B, L, N, S, C, V
  [1, 1, 1, 1, 1, 1],
  [3, 5, 8, 4, 63, 7],
  [2, 12, 256, 64, 160, 47],
])("the stream's start: B=%i L=%i N=%i S=%i C=%i V=%i, and its video rows alone", async (B, L, N, S, C, V) => {
  const g = gpu();
  const t = new Tape();
  const x = t.parameter("x", [B, N, C]);
  const [table, places, mark] = [t.parameter("table", [V, C]), t.parameter("places", [L, C]), t.parameter("mark", [C])];
  const [positions, words, given] = [t.data("positions", [N, C]), t.data("words", [B, L]), t.data("given", [B])];
  const h = stream(t, { x, positions, words, given, table, places, mark }, S);
  const video = lastRows(t, h, [N]);
  const ids = Uint32Array.from({ length: B * L }, (_, i) => (i * 7) % V);
  const input = {
    x: normals(B * N * C, 1),
    positions: normals(N * C, 2),
    words: ids,
    given: Float32Array.from({ length: B }, (_, b) => (b + 1) % 2),
    table: normals(V * C, 3),
    places: normals(L * C, 4),
    mark: normals(C, 5),
  };
  const [dh, dvideo] = [normals(B * (L + N) * C, 6), normals(B * N * C, 7)];
  const ran = await runTape(g, t, {
    given: new Map([
      [x, input.x],
      [positions, input.positions],
      // The kernel reads whole numbers: the same bits.
      [words, new Float32Array(ids.buffer)],
      [given, input.given],
      [table, input.table],
      [places, input.places],
      [mark, input.mark],
    ]),
    heads: new Map([
      [h, dh],
      [video, dvideo],
    ]),
    wanted: [x, table, places, mark],
  });
  const sizes = { B, L, N, S, C, V };
  const expected = reference.stream(input, sizes);
  expectClose("h", ran.value(h), expected, sum(2, expected));
  const rows = (b: number, from: number) => [(b * (L + N) + from) * C, (b + 1) * (L + N) * C] as const;
  const all = Float64Array.from(dh);
  for (let b = 0; b < B; b++) {
    expectClose(
      "video",
      ran.value(video).slice(b * N * C, (b + 1) * N * C),
      expected.slice(...rows(b, L)),
      sum(2, expected),
    );
    for (let i = 0; i < N * C; i++) all[rows(b, L)[0] + i] += dvideo[b * N * C + i];
  }
  const { dx, dtable, dplaces, dmark } = reference.streamBackward(input, all, sizes);
  expectClose("dx", ran.gradient(x), dx, sum(1, dx));
  expectClose("dtable", ran.gradient(table), dtable, sum(B * L, dtable));
  expectClose("dplaces", ran.gradient(places), dplaces, sum(B, dplaces));
  expectClose("dmark", ran.gradient(mark), dmark, sum(B * S, dmark));
});

test.each([
  // B, values, first
  [1, 1, 0],
  [2, 300, 100],
  [3, 257, 256],
])("the diffusion loss of %i clips of %i values, %i of them given or not", async (B, values, first) => {
  const t = new Tape();
  const guess = t.parameter("guess", [B, values]);
  const [x0, weight, given] = [t.data("x0", [B, values]), t.data("weight", [B]), t.data("given", [B])];
  const clips = x0Loss(t, guess, { x0, weight, given, first });
  const asked = {
    x0: normals(B * values, 1),
    weight: Float32Array.from({ length: B }, (_, b) => 0.5 + b),
    given: Float32Array.from({ length: B }, (_, b) => b % 2),
  };
  const guesses = normals(B * values, 2);
  const ran = await runTape(gpu(), t, {
    given: new Map([
      [guess, guesses],
      [x0, asked.x0],
      [weight, asked.weight],
      [given, asked.given],
    ]),
    heads: new Map([[clips, new Float32Array(B).fill(1)]]),
    wanted: [guess],
  });
  const expected = reference.x0Loss(guesses, asked, { B, values, first });
  expectClose("clips", ran.value(clips), expected.clips, sum(values, expected.clips));
  expectClose("d", ran.gradient(guess), expected.d, sum(1, expected.d));
});
