// The float64 twins of the student and its optimiser: against PyTorch, then every gradient against central differences.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as reference from "../../src/reference/index.ts";
import { initialLayer, layerFromTensors, layerLength, layerToTensors } from "../../src/student/parameters.ts";
import { projectorLayers } from "../../src/student/projector.ts";
import { expectClose } from "../support/close.ts";
import { temperedAlignment } from "../support/losses.ts";
import { parseProjectorGoldens } from "../support/projector.ts";
import { normals, random } from "../support/random.ts";

const goldens = parseProjectorGoldens(readFileSync("test/fixtures/projector_goldens.safetensors"));
/** Both sides compute in float64 and sum in different orders. */
const exact = { rtol: 1e-11, atol: 1e-12 };
const layers = projectorLayers({ inputs: 7, hidden: [6, 5, 4], outputs: 3 });
const shape = { B: 2, F: 3, H: 4, W: 5, inputs: 7, hidden: [6, 5, 4], outputs: 3 } as const;

describe("PyTorch", () => {
  const weights = layers.map((layer) => goldens.layer(layer, "projector."));
  const [x, dy] = [goldens.values("projector.x"), goldens.values("projector.dy")];

  test("the projector, forward and backward", () => {
    const { y, backward } = reference.projector(x, weights, shape);
    expectClose("y", y, goldens.values("projector.y"), exact);
    for (const [i, gradient] of backward(dy).entries()) {
      expectClose(layers[i].name, gradient, goldens.layer(layers[i], "projector.grad."), exact);
    }
  });

  test("three AdamW steps with clipping", () => {
    const options = { learningRate: 0.01, beta1: 0.9, beta2: 0.999, eps: 1e-8, decay: 0.1 };
    let states: reference.AdamwState[] = weights.map((p) => ({
      p,
      m: new Float64Array(p.length),
      v: new Float64Array(p.length),
    }));
    for (let t = 1; t <= 3; t++) {
      const gradients = reference
        .projector(
          x,
          states.map(({ p }) => p),
          shape,
        )
        .backward(dy);
      const { norm, scale } = reference.clipping(gradients, 1, 1);
      expectClose("norm", [norm], goldens.values(`projector.norm.${t - 1}`), exact);
      states = states.map((state, i) =>
        reference.adamw(
          state,
          gradients[i].map((g) => scale * g),
          t,
          options,
        ),
      );
    }
    for (const [i, { p }] of states.entries()) {
      expectClose(layers[i].name, p, goldens.layer(layers[i], "projector.after."), exact);
    }
  });

  test("a convolution with stride 3", () => {
    const conv = { B: 2, F: 3, H: 6, W: 9, Ci: 4, Co: 3, stride: 3, pad: 0 };
    const layer = { name: "conv", taps: 27, inputs: 4, outputs: 3 } as const;
    const w = goldens.layer(layer, "strided.");
    const input = goldens.values("strided.x");
    expectClose("y", reference.conv3d(input, w, conv), goldens.values("strided.y"), exact);
    const { dx, dw } = reference.conv3dBackward(input, w, goldens.values("strided.dy"), conv);
    expectClose("dx", dx, goldens.values("strided.grad.x"), exact);
    expectClose("dw", dw, goldens.layer(layer, "strided.grad."), exact);
  });

  test.each([
    ["doubled", { clips: 2, F: 3, row: 12 }],
    ["doubled1", { clips: 1, F: 1, row: 4 }],
  ])("linear ×2 in time: %s", (name, frames) => {
    const [x, dy] = [goldens.values(`${name}.x`), goldens.values(`${name}.dy`)];
    expectClose("y", reference.doubleFrames(x, frames), goldens.values(`${name}.y`), exact);
    expectClose("dx", reference.doubleFramesBackward(dy, frames), goldens.values(`${name}.dx`), exact);
  });

  test("the file's layout is PyTorch's, there and back", () => {
    for (const layer of layers) {
      const values = layerFromTensors(layer, goldens.tensors, "projector.");
      expect(Float64Array.from(values)).toEqual(goldens.layer(layer, "projector."));
      const tensors = layerToTensors(layer, values, "projector.");
      for (const [name, { data, shape }] of Object.entries(tensors)) {
        expect(data).toEqual(goldens.tensors.get(name)?.data);
        expect(shape).toEqual(goldens.tensors.get(name)?.shape);
      }
    }
    const wrong = { ...layers[0], inputs: 8 };
    expect(() => layerFromTensors(wrong, goldens.tensors, "projector.")).toThrow(/F32 \[6,7\].*needs F32 \[6,8\]/);
    expect(() => layerFromTensors(layers[0], goldens.tensors)).toThrow(/no tensor "linear1.weight"/);
  });
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
    const [x, w, d] = [draw(3 * 4, 1), draw(5 * 2, 2), draw(3 * 2, 3)];
    const { dx, dw } = reference.linearBackward(x, w, d, 3, 4, 2);
    expectClose(
      "dx",
      dx,
      differences(x, (v) => dot(reference.linear(v, w, 3, 4, 2), d)),
      within,
    );
    expectClose(
      "dw",
      dw,
      differences(w, (v) => dot(reference.linear(x, v, 3, 4, 2), d)),
      within,
    );
    expectClose(
      "silu",
      reference.siluBackward(x, x),
      differences(x, (v) => dot(reference.silu(v), x)),
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
    const [x, w] = [draw(4 * size.H * size.W * 2, 4), draw(55 * 3, 5)];
    const d = draw(4 * out.H * out.W * 3, 6);
    const { dx, dw } = reference.conv3dBackward(x, w, d, conv);
    expectClose(
      "dx",
      dx,
      differences(x, (v) => dot(reference.conv3d(v, w, conv), d)),
      within,
    );
    expectClose(
      "dw",
      dw,
      differences(w, (v) => dot(reference.conv3d(x, v, conv), d)),
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
    const weights: Float64Array[] = projectorLayers(small).map((layer) => Float64Array.from(initialLayer(layer, next)));
    const [x, teacher] = [draw(12 * 4, 8), draw(12 * 5, 9)];
    const loss = (all: Float64Array[]) =>
      temperedAlignment(teacher, reference.projector(x, all, small).y, clip, 0.5).loss;
    const { y, backward } = reference.projector(x, weights, small);
    const gradients = backward(temperedAlignment(teacher, y, clip, 0.5).dStudent);
    for (const [i, gradient] of gradients.entries()) {
      const found = differences(weights[i], (values) => loss(weights.with(i, values)));
      expectClose(`layer ${i}`, gradient, found, { rtol: 1e-6, atol: 1e-8 });
    }
    const directions = weights.map(({ length }, i) => draw(length, 10 + i));
    const slope = gradients.reduce((sum, gradient, i) => sum + dot(gradient, directions[i]), 0);
    const along = (h: number) => loss(weights.map((w, i) => w.map((value, k) => value + h * directions[i][k])));
    expectClose("slope", [slope], [(along(1e-5) - along(-1e-5)) / 2e-5], { rtol: 1e-7, atol: 1e-9 });
  });
});

test("the first parameters are PyTorch's kind: uniform within 1/√fan_in, the same for the same seed", () => {
  const layer = { name: "conv", taps: 27, inputs: 40, outputs: 30 } as const;
  const draw = (seed: number) => initialLayer(layer, random(seed));
  const values = draw(3);
  const bound = 1 / Math.sqrt(27 * 40);
  expect(values).toHaveLength(layerLength(layer));
  expect(Math.max(...values)).toBeLessThanOrEqual(bound);
  expect(Math.max(...values)).toBeGreaterThan(0.99 * bound);
  const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
  expect(variance).toBeCloseTo(bound ** 2 / 3, 5);
  expect(draw(3)).toEqual(values);
  expect(draw(4)).not.toEqual(values);
});
