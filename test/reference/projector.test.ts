// The float64 twins of the student and its optimiser: against PyTorch, then every gradient against central differences.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { LOSS_KINDS } from "../../src/alignment/losses.ts";
import { ArenaLayout } from "../../src/nn/arena.ts";
import * as reference from "../../src/reference/index.ts";
import { firstValues, fromFile, toFile } from "../../src/student/parameters.ts";
import { projectorParameters } from "../../src/student/projector.ts";
import { expectClose } from "../support/close.ts";
import { lossTwin, temperedAlignment } from "../support/losses.ts";
import { layersOf, parseProjectorGoldens } from "../support/projector.ts";
import { normals, random } from "../support/random.ts";
import { trainTwin } from "../support/training.ts";

const goldens = parseProjectorGoldens(readFileSync("test/fixtures/projector_goldens.safetensors"));
/** Both sides compute in float64 and sum in different orders. */
const exact = { rtol: 1e-11, atol: 1e-12 };
const parameters = projectorParameters({ inputs: 7, hidden: [6, 5, 4], outputs: 3 });
const shape = { B: 2, F: 3, H: 4, W: 5, inputs: 7, hidden: [6, 5, 4], outputs: 3 } as const;

describe("PyTorch", () => {
  const weights = parameters.map((parameter) => goldens.parameter(parameter, "projector."));
  const [x, dy] = [goldens.values("projector.x"), goldens.values("projector.dy")];
  const gradientsAt = (values: readonly Float64Array[]) =>
    reference
      .projector(x, layersOf(values), shape)
      .backward(dy)
      .flatMap(({ dw, db }) => [dw, db]);

  test("the projector, forward and backward", () => {
    expectClose("y", reference.projector(x, layersOf(weights), shape).y, goldens.values("projector.y"), exact);
    for (const [i, gradient] of gradientsAt(weights).entries()) {
      expectClose(parameters[i].name, gradient, goldens.parameter(parameters[i], "projector.grad."), exact);
    }
  });

  test.each([
    ["adamw", "projector", exact],
    // Newton–Schulz raises small singular values by 3.4 a step, and the last bits with them.
    ["muon", "muon", { rtol: 1e-9, atol: 1e-10 }],
  ] as const)("three steps with clipping, where matrices decay and vectors do not: %s", (optimizer, prefix, close) => {
    const options = { optimizer, learningRate: 0.01, decay: 0.1, lambda: 1, clipNorm: 1, steps: 3 } as const;
    const ran = trainTwin(weights, { parameters, ...options }, (values) => ({
      loss: 0,
      gradients: gradientsAt(values),
    }));
    expectClose(
      "norms",
      ran.norms,
      [0, 1, 2].flatMap((step) => [...goldens.values(`${prefix}.norm.${step}`)]),
      exact,
    );
    for (const [i, found] of ran.weights.entries()) {
      expectClose(parameters[i].name, found, goldens.parameter(parameters[i], `${prefix}.after.`), close);
    }
  });

  const kinds = [...LOSS_KINDS.map((kind) => [kind, "adamw"] as const), ["tsa", "muon"] as const];
  test.each(kinds)("ten steps of a whole training: %s with %s", (kind, optimizer) => {
    const { x, teacher, mask, first, config, clip, recipe } = goldens.training();
    const twin = { ...recipe, parameters: projectorParameters(config), optimizer };
    const { losses } = trainTwin(first, twin, (values) => {
      const { y, backward } = reference.projector(x, layersOf(values), { B: 1, ...clip, ...config });
      const shape = { F: clip.F, S: clip.H * clip.W, Ct: config.outputs, Cs: config.outputs };
      const { loss, dStudent } = lossTwin(kind, teacher, y, shape, recipe, mask);
      return { loss, gradients: backward(dStudent).flatMap(({ dw, db }) => [dw, db]) };
    });
    // Adam divides by the root of a gradient's square: the last bits of the smallest gradients grow from step to step.
    const name = `training.losses.${kind}${optimizer === "muon" ? ".muon" : ""}`;
    expectClose(name, losses, goldens.values(name), { rtol: 1e-9, atol: 1e-10 });
  });

  test("a convolution with stride 3", () => {
    const conv = { B: 2, F: 3, H: 6, W: 9, Ci: 4, Co: 3, stride: 3, pad: 0 };
    const parameter = { name: "conv.weight", shape: [27, 4, 3], layout: "conv" } as const;
    const w = goldens.parameter(parameter, "strided.");
    const b = goldens.values("strided.conv.bias");
    const input = goldens.values("strided.x");
    expectClose("y", reference.conv3d(input, { w, b }, conv), goldens.values("strided.y"), exact);
    const { dx, dw, db } = reference.conv3dBackward(input, w, goldens.values("strided.dy"), conv);
    expectClose("dx", dx, goldens.values("strided.grad.x"), exact);
    expectClose("dw", dw, goldens.parameter(parameter, "strided.grad."), exact);
    expectClose("db", db, goldens.values("strided.grad.conv.bias"), exact);
  });

  test.each([
    ["doubled", { clips: 2, F: 3, row: 12 }],
    ["doubled1", { clips: 1, F: 1, row: 4 }],
  ])("linear ×2 in time: %s", (name, frames) => {
    const [x, dy] = [goldens.values(`${name}.x`), goldens.values(`${name}.dy`)];
    expectClose("y", reference.doubleFrames(x, frames), goldens.values(`${name}.y`), exact);
    expectClose("dx", reference.doubleFramesBackward(dy, frames), goldens.values(`${name}.dx`), exact);
  });

  test("layernorm", () => {
    const [x, w, b] = ["x", "w", "b"].map((name) => goldens.values(`layernorm.${name}`));
    const rows = { R: 6, C: 8, eps: 1e-5 };
    expectClose("y", reference.layernorm(x, { w, b }, rows), goldens.values("layernorm.y"), exact);
    const { dx, dw, db } = reference.layernormBackward(x, w, goldens.values("layernorm.dy"), rows);
    for (const [name, found] of Object.entries({ dx, dw, db }))
      expectClose(name, found, goldens.values(`layernorm.${name}`), exact);
  });

  test("the file's layout is PyTorch's, there and back", () => {
    for (const parameter of parameters) {
      const values = fromFile(parameter, goldens.tensors, "projector.");
      expect(Float64Array.from(values)).toEqual(goldens.parameter(parameter, "projector."));
      const { data, shape } = toFile(parameter, values);
      expect(data).toEqual(goldens.tensors.get(`projector.${parameter.name}`)?.data);
      expect(shape).toEqual(goldens.tensors.get(`projector.${parameter.name}`)?.shape);
    }
    const wrong = { ...parameters[0], shape: [8, 6] };
    expect(() => fromFile(wrong, goldens.tensors, "projector.")).toThrow(/F32 \[6,7\].*needs F32, F16 or BF16 \[6,8\]/);
    expect(() => fromFile(parameters[0], goldens.tensors)).toThrow(/no tensor "linear1.weight"/);
  });
});

test("weights stored in 16 bits are read as the numbers they are", () => {
  const plain = { name: "gain", shape: [3], layout: "plain" } as const;
  const stored = (dtype: string, ...bits: number[]) =>
    fromFile(plain, new Map([["gain", { dtype, shape: [3], data: Uint16Array.from(bits) }]]));
  expect([...stored("F16", 0x3c00, 0xc100, 0x0001)]).toEqual([1, -2.5, 2 ** -24]);
  expect([...stored("BF16", 0x3f80, 0xc020, 0x0080)]).toEqual([1, -2.5, 2 ** -126]);
  expect(() => stored("U16", 1, 2, 3)).toThrow('tensor "gain" is U16 [3], the student needs F32, F16 or BF16 [3]');
});

describe("central differences", () => {
  /** Gradient of Σ y·d with respect to each value, in float64; the step balances truncation against rounding. */
  const differences = (values: Float64Array, loss: (values: Float64Array) => number) =>
    values.map((value, i) => {
      const h = 1e-5 * Math.max(1, Math.abs(value));
      const at = (v: number) => loss(values.with(i, v));
      return (at(value + h) - at(value - h)) / (2 * h);
    });
  const within = { rtol: 1e-7, atol: 1e-8 };
  const dot = (a: Float64Array, b: ArrayLike<number>) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  const draw = (length: number, seed: number) => Float64Array.from(normals(length, seed));

  test("linear and SiLU", () => {
    const [x, w, b, d] = [draw(3 * 4, 1), draw(4 * 2, 2), draw(2, 4), draw(3 * 2, 3)];
    const size = { R: 3, K: 4, O: 2 };
    const { dx, dw, db } = reference.linearBackward(x, w, d, size);
    const along = (x: Float64Array, w: Float64Array, b: Float64Array) => dot(reference.linear(x, { w, b }, size), d);
    const of = (values: Float64Array, loss: (values: Float64Array) => number) => differences(values, loss);
    expectClose(
      "dx",
      dx,
      of(x, (v) => along(v, w, b)),
      within,
    );
    expectClose(
      "dw",
      dw,
      of(w, (v) => along(x, v, b)),
      within,
    );
    expectClose(
      "db",
      db,
      of(b, (v) => along(x, w, v)),
      within,
    );
    const h = of(x, (v) => dot(reference.silu(v), x));
    expectClose("silu", reference.siluBackward(x, x), h, within);
  });

  test("layernorm", () => {
    const [x, w, b, d] = [draw(3 * 5, 20), draw(5, 21), draw(5, 22), draw(3 * 5, 23)];
    const rows = { R: 3, C: 5, eps: 1e-5 };
    const { dx, dw, db } = reference.layernormBackward(x, w, d, rows);
    const along = (x: Float64Array, w: Float64Array, b: Float64Array) => dot(reference.layernorm(x, { w, b }, rows), d);
    const of = (values: Float64Array, loss: (values: Float64Array) => number) => differences(values, loss);
    expectClose(
      "dx",
      dx,
      of(x, (v) => along(v, w, b)),
      within,
    );
    expectClose(
      "dw",
      dw,
      of(w, (v) => along(x, v, b)),
      within,
    );
    expectClose(
      "db",
      db,
      of(b, (v) => along(x, w, v)),
      within,
    );
  });

  test.each([
    [1, 1, { H: 3, W: 4 }],
    [2, 0, { H: 5, W: 7 }],
    [3, 0, { H: 6, W: 3 }],
  ])("conv3d stride %i pad %i", (stride, pad, size) => {
    const conv = { B: 2, F: 2, ...size, Ci: 2, Co: 3, stride, pad };
    const out = reference.conv3dSize(conv);
    const [x, w, b] = [draw(4 * size.H * size.W * 2, 4), draw(54 * 3, 5), draw(3, 7)];
    const d = draw(4 * out.H * out.W * 3, 6);
    const { dx, dw, db } = reference.conv3dBackward(x, w, d, conv);
    const along = (x: Float64Array, w: Float64Array, b: Float64Array) => dot(reference.conv3d(x, { w, b }, conv), d);
    const of = (values: Float64Array, loss: (values: Float64Array) => number) => differences(values, loss);
    expectClose(
      "dx",
      dx,
      of(x, (v) => along(v, w, b)),
      within,
    );
    expectClose(
      "dw",
      dw,
      of(w, (v) => along(x, v, b)),
      within,
    );
    expectClose(
      "db",
      db,
      of(b, (v) => along(x, w, v)),
      within,
    );
  });

  test("linear ×2 in time", () => {
    const frames = { clips: 2, F: 3, row: 2 };
    const [x, d] = [draw(12, 14), draw(24, 15)];
    const found = differences(x, (v) => dot(reference.doubleFrames(v, frames), d));
    expectClose("dx", reference.doubleFramesBackward(d, frames), found, within);
  });

  test("every parameter of the projector under TSA, and a direction through all of them", () => {
    const small = { B: 1, F: 2, H: 2, W: 3, inputs: 4, hidden: [3, 4, 2], outputs: 3 } as const;
    const clip = { F: 2, S: 6, Ct: 5, Cs: 3 };
    const next = random(7);
    const list = projectorParameters(small);
    const layout = new ArenaLayout(list, () => "all");
    const all = firstValues(list, layout, next);
    const weights: Float64Array[] = list.map(({ name }) => Float64Array.from(layout.view(all, name)));
    const [x, teacher] = [draw(12 * 4, 8), draw(12 * 5, 9)];
    const loss = (all: Float64Array[]) =>
      temperedAlignment(teacher, reference.projector(x, layersOf(all), small).y, clip, 0.5).loss;
    const { y, backward } = reference.projector(x, layersOf(weights), small);
    const { dStudent } = temperedAlignment(teacher, y, clip, 0.5);
    const gradients = backward(dStudent).flatMap(({ dw, db }) => [dw, db]);
    for (const [i, gradient] of gradients.entries()) {
      const found = differences(weights[i], (values) => loss(weights.with(i, values)));
      expectClose(list[i].name, gradient, found, { rtol: 1e-6, atol: 1e-8 });
    }
    const directions = weights.map(({ length }, i) => draw(length, 10 + i));
    const slope = gradients.reduce((sum, gradient, i) => sum + dot(gradient, directions[i]), 0);
    const along = (h: number) => loss(weights.map((w, i) => w.map((value, k) => value + h * directions[i][k])));
    expectClose("slope", [slope], [(along(3e-6) - along(-3e-6)) / 6e-6], { rtol: 1e-7, atol: 1e-9 });
  });
});

test("the first parameters are PyTorch's kind: uniform within 1/√fan_in, the same for the same seed", () => {
  const list = projectorParameters({ inputs: 4, hidden: [4, 4, 40], outputs: 30 });
  const layout = new ArenaLayout(list, () => "all");
  const draw = (seed: number) => layout.view(firstValues(list, layout, random(seed)), "conv.weight");
  const values = draw(3);
  const bound = 1 / Math.sqrt(27 * 40);
  expect(values).toHaveLength(27 * 40 * 30);
  expect(Math.max(...values)).toBeLessThanOrEqual(bound);
  expect(Math.max(...values)).toBeGreaterThan(0.99 * bound);
  const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
  expect(variance).toBeCloseTo(bound ** 2 / 3, 5);
  expect(draw(3)).toEqual(values);
  expect(draw(4)).not.toEqual(values);
});
