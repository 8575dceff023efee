// Tensors of a run seen from afar: norms, blocks, and where a number is none.
import { expect, test } from "vitest";
import { ArenaLayout, type Parameter } from "../../../src/nn/arena.ts";
import { viewTensors } from "../../../src/train/diffusion/atlas.ts";

const parameter = (name: string, shape: number[]) => ({ name, shape, layout: "plain" }) as Parameter;

test("norms are of what is finite; a block shows its largest, and NaN where one of it is bad", () => {
  const layout = new ArenaLayout(
    [parameter("w", [2, 96]), parameter("b", [3]), parameter("conv", [2, 3, 4])],
    () => "all",
  );
  const [values, gradients] = [new Float32Array(layout.length), new Float32Array(layout.length)];
  layout.view(values, "w").set([3, -4], 95);
  layout.view(values, "b").set([1, 2, 2]);
  layout.view(gradients, "b").set([1, Number.NaN, Number.POSITIVE_INFINITY]);
  const [w, b, conv] = viewTensors(layout, values, gradients);
  expect([w.parameter.norm, w.parameter.largest, w.parameter.bad]).toEqual([5, 4, 0]);
  // Two columns to a cell: the last of the first row, and the first of the second.
  expect([w.parameter.rows, w.parameter.columns]).toEqual([2, 48]);
  expect([w.parameter.picture[47], w.parameter.picture[48], w.parameter.picture[49]]).toEqual([3, -4, 0]);
  expect([b.parameter.norm, b.gradient.norm, b.gradient.bad]).toEqual([3, 1, 2]);
  expect(b.gradient.picture).toEqual(Float32Array.of(1, Number.NaN, Number.NaN));
  expect([conv.gradient.rows, conv.gradient.columns, conv.gradient.norm]).toEqual([2, 12, 0]);
});

test("a bad value stays in sight whatever comes before and after it in its block", () => {
  const layout = new ArenaLayout([parameter("w", [1, 96])], () => "all");
  const values = new Float32Array(layout.length);
  layout.view(values, "w").set([7, Number.NaN, Number.NaN, 7]);
  const [{ parameter: side }] = viewTensors(layout, values, values);
  expect([...side.picture.subarray(0, 3)]).toEqual([Number.NaN, Number.NaN, 0]);
});
