// The optimiser over an arena against its float64 twins: groups, clipping, the average, and that a bad step moves nothing.
import { expect, test } from "vitest";
import { submitNow } from "../../src/gpu/steps.ts";
import { Arena, ArenaLayout, type Parameter, STATES } from "../../src/nn/arena.ts";
import * as reference from "../../src/reference/index.ts";
import { ADAMW, groupsOf, Optimizer } from "../../src/train/optimizer.ts";
import { rateShare } from "../../src/train/rates.ts";
import { expectClose } from "../support/close.ts";
import { withGpu } from "../support/gpu.ts";
import { normals } from "../support/random.ts";

const gpu = withGpu();
const EPS32 = 2 ** -23;
const OPTIONS = {
  learningRate: 0.01,
  muonRate: 0.02,
  warmup: 0,
  rateDecay: "none",
  steps: 10,
  weightDecay: 0.1,
  clipNorm: 1,
  emaDecay: 0.8,
  lambda: 0.5,
} as const;

const parameters: Parameter[] = [
  { name: "a.weight", shape: [16, 40], layout: "linear" },
  { name: "a.bias", shape: [40], layout: "plain" },
  { name: "one", shape: [1], layout: "plain" },
  { name: "b.weight", shape: [27, 3, 5], layout: "conv" },
];
const lengthOf = ({ shape }: Parameter) => shape.reduce((a, b) => a * b, 1);

test("an arena lays groups out together, each parameter at 256 bytes, and reads back what was written", async () => {
  const g = gpu();
  const layout = new ArenaLayout(parameters, groupsOf("adamw"));
  expect([...layout.groups.keys()]).toEqual(["decayed", "still"]);
  expect(parameters.map(({ name }) => layout.of(name).offset)).toEqual([0, 1088, 1152, 640]);
  expect(layout.groups.get("still")).toMatchObject({ offset: 1088, length: 128 });
  const arena = new Arena(g, layout);
  const [p, m, v, ema] = STATES.map((_, i) => normals(layout.length, i) as Float32Array<ArrayBuffer>);
  arena.write({ parameters: p, m, v, ema });
  expect(await arena.read()).toEqual({ parameters: p, m, v, ema });
  expect(() => layout.of("c.weight")).toThrow(/no parameter "c.weight": there are a.weight, b.weight, a.bias, one/);
});

test("AdamW with decay and without, clipping and the average, for three steps; then one that is not a number", async () => {
  const g = gpu();
  const layout = new ArenaLayout(parameters, groupsOf("adamw"));
  const arena = new Arena(g, layout);
  const optimizer = new Optimizer(g, arena, OPTIONS);
  const steps = await optimizer.bind(g.input(Float32Array.of(0.5)));
  // One for the squares, the norm, each group and the average, however many tensors there are.
  expect(steps).toHaveLength(5);
  const first = new Float32Array(layout.length);
  for (const [i, parameter] of parameters.entries())
    layout.view(first, parameter.name).set(normals(lengthOf(parameter), 40 + i));
  const zeros = new Float32Array(layout.length);
  arena.write({ parameters: first, m: zeros, v: zeros, ema: first });
  let states = parameters.map(({ name }): reference.AdamwState & { average: Float64Array } => {
    const p = Float64Array.from(layout.view(first, name));
    return { p, m: p.map(() => 0), v: p.map(() => 0), average: p };
  });
  const run = async (drawn: readonly ArrayLike<number>[], t: number) => {
    const gradients = new Float32Array(layout.length);
    for (const [i, { name }] of parameters.entries()) layout.view(gradients, name).set(Array.from(drawn[i]));
    g.device.queue.writeBuffer(arena.buffers.gradients, 0, gradients);
    optimizer.begin(t);
    submitNow(g.device, "update", steps);
    return g.readback.read(optimizer.guard);
  };
  for (let t = 1; t <= 3; t++) {
    // The second gradient is small enough not to be clipped.
    const drawn = parameters.map((one, i) => normals(lengthOf(one), 50 * t + i).map((x) => (t === 2 ? 0.001 * x : x)));
    const guard = await run(drawn, t);
    const { norm, scale } = reference.clipping(drawn, OPTIONS.lambda, OPTIONS.clipNorm);
    expectClose("guard", guard, [norm, scale, 0.5, 0], { rtol: 1e-5, atol: 0 });
    const found = await arena.read();
    states = states.map(({ average, ...state }, i) => {
      const decay = parameters[i].layout === "plain" ? 0 : OPTIONS.weightDecay;
      const gradient = drawn[i].map((x) => scale * x);
      const next = reference.adamw(state, gradient, t, { ...ADAMW, learningRate: OPTIONS.learningRate, decay });
      const kept = Math.min(OPTIONS.emaDecay, t / (t + 9));
      return { ...next, average: reference.movingAverage(average, next.p, kept) };
    });
    for (const [i, { name }] of parameters.entries()) {
      // m / √v amplifies the relative rounding of both where they nearly vanish: a step is at most η, so η·1e-4 is the scale.
      const close = { rtol: 4 * EPS32, atol: 1e-6 };
      expectClose(`${name} p`, layout.view(found.parameters, name), states[i].p, close);
      expectClose(`${name} m`, layout.view(found.m, name), states[i].m, { rtol: 1e-5, atol: 1e-7 });
      expectClose(`${name} v`, layout.view(found.v, name), states[i].v, { rtol: 1e-4, atol: 1e-10 });
      expectClose(`${name} average`, layout.view(found.ema, name), states[i].average, close);
    }
  }
  // A gradient that is not a number, then a good one: nothing moves any more.
  const before = await arena.read();
  for (const value of [Number.NaN, 1]) {
    const guard = await run(
      parameters.map((one) => new Float32Array(lengthOf(one)).fill(value)),
      4,
    );
    expect(guard[3]).toBe(1);
    expect(await arena.read()).toEqual(before);
  }
});

test.each<[reference: string, warmup: number, rateDecay: "none" | "cosine", shares: number[]]>([
  ["constant", 0, "none", [1, 1, 1, 1]],
  ["warm-up", 2, "none", [0.5, 1, 1, 1]],
  // models/pretrain's rate_share(training, t − 1) of warmup 2 and steps 6.
  ["warm-up and cosine", 2, "cosine", [0.5, 1, 1, 0.8535533905932737, 0.5, 0.14644660940672627]],
])("rates: %s", (_, warmup, rateDecay, shares) => {
  const options = { ...OPTIONS, steps: 6, warmup, rateDecay };
  expectClose(
    "shares",
    shares.map((_, i) => rateShare(options, i + 1)),
    shares,
    { rtol: 1e-12, atol: 1e-12 },
  );
});

test("Muon: steps of tall and of wide matrices, alike ones as a batch, while AdamW takes the rest", async () => {
  const g = gpu();
  const list: Parameter[] = [
    ...[1, 2].map((i): Parameter => ({ name: `tall${i}`, shape: [20, 8], layout: "linear" })),
    { name: "wide", shape: [8, 20], layout: "linear" },
    { name: "square", shape: [12, 12], layout: "linear" },
    ...parameters.slice(1),
  ];
  const layout = new ArenaLayout(list, groupsOf("muon"));
  const arena = new Arena(g, layout);
  const optimizer = new Optimizer(g, arena, OPTIONS);
  const bound = await optimizer.bind(g.input(Float32Array.of(0.5)));
  // Three of one shape and one of another: three products each in five iterations, and thirteen dispatches around them.
  expect(bound.filter((step) => step.kind === "dispatch" && step.kernel.name.startsWith("nn/product"))).toHaveLength(
    30,
  );
  const first = new Float32Array(layout.length);
  for (const [i, one] of list.entries()) layout.view(first, one.name).set(normals(lengthOf(one), 60 + i));
  const zeros = new Float32Array(layout.length);
  arena.write({ parameters: first, m: zeros, v: zeros, ema: first });
  const matrices = list.slice(0, 4);
  let states = matrices.map(({ name }): reference.MuonState => {
    const p = Float64Array.from(layout.view(first, name));
    return { p, m: p.map(() => 0) };
  });
  for (let t = 1; t <= 3; t++) {
    const drawn = list.map((one, i) => normals(lengthOf(one), 70 * t + i));
    const gradients = new Float32Array(layout.length);
    for (const [i, { name }] of list.entries()) layout.view(gradients, name).set(drawn[i]);
    g.device.queue.writeBuffer(arena.buffers.gradients, 0, gradients);
    optimizer.begin(t);
    submitNow(g.device, "update", bound);
    const { scale } = reference.clipping(drawn, OPTIONS.lambda, OPTIONS.clipNorm);
    states = states.map((state, i) => {
      const [rows, cols] = matrices[i].shape;
      const options = { rows, cols, learningRate: OPTIONS.muonRate, decay: OPTIONS.weightDecay };
      return reference.muon(
        state,
        Float64Array.from(drawn[i], (x) => scale * x),
        options,
      );
    });
    const found = await arena.read();
    for (const [i, { name }] of matrices.entries()) {
      // Five iterations raise small singular values by 3.4 each, and their rounding with them: eps · 3.4⁵ of a step of 0.02.
      expectClose(`${name} p`, layout.view(found.parameters, name), states[i].p, { rtol: 4 * EPS32, atol: 2e-5 });
      expectClose(`${name} m`, layout.view(found.m, name), states[i].m, { rtol: 1e-5, atol: 1e-7 });
    }
  }
});

test("Muon: a matrix of more values than a dispatch has threads in one dimension", async () => {
  const g = gpu();
  const [rows, cols] = [1024, 4100];
  const layout = new ArenaLayout([{ name: "wide", shape: [rows, cols], layout: "linear" }], groupsOf("muon"));
  const arena = new Arena(g, layout);
  const optimizer = new Optimizer(g, arena, { ...OPTIONS, clipNorm: 1e6, lambda: 1 });
  const bound = await optimizer.bind(g.input(Float32Array.of(0.5)));
  const gradients = new Float32Array(layout.length).map((_, i) => (i % 7) - 3);
  const zeros = new Float32Array(layout.length);
  arena.write({ parameters: zeros, m: zeros, v: zeros, ema: zeros });
  g.device.queue.writeBuffer(arena.buffers.gradients, 0, gradients);
  optimizer.begin(1);
  // Without its products, which take long, each of the five iterations is x ← 3.4445 x.
  const quick = bound.filter((step) => step.kind === "dispatch" && !step.kernel.name.startsWith("nn/product"));
  submitNow(g.device, "update", quick);
  const norm = Math.sqrt(gradients.reduce((sum, one) => sum + one * one, 0));
  const found = await arena.read();
  const expected = (factor: number) => Float64Array.from(gradients, (one) => factor * one);
  expectClose("m", found.m, expected(0.05), { rtol: 1e-5, atol: 0 });
  const step = 0.2 * OPTIONS.muonRate * Math.sqrt(cols) * (3.4445 ** 5 / norm);
  expectClose("p", found.parameters, expected(-step), { rtol: 1e-4, atol: 0 });
});
