// What a run's file keeps beside its weights.
import { expect, test } from "vitest";
import definition from "../../models/student/student.json";
import { parseSafetensors } from "../../src/formats/safetensors.ts";
import { readStudentCheckpoint, writeStudentCheckpoint } from "../../src/train/diffusion/checkpoint.ts";
import { designOf } from "../../src/train/diffusion/design.ts";
import { parseStudentRecipe } from "../../src/train/diffusion/recipe.ts";
import { startState, stepLayout } from "../../src/train/diffusion/start.ts";

const shape = { ...definition.shape, width: 16, heads: 1, depth: 1, time_width: 4 };
const recipe = parseStudentRecipe({ start: "random", loss: "tsa", hidden: [4, 4, 4] });
const layout = stepLayout(designOf(recipe, shape, 4), recipe.optimizer);
const start = startState(designOf(recipe, shape, 4), layout, 1, null);

test("no run goes on from a state that is not finite", () => {
  const written = (broken: "ema" | "m") => {
    const tensors = { ...start.tensors, [broken]: start.tensors[broken].slice().fill(Number.NaN, 0, 3) };
    return readStudentCheckpoint(writeStudentCheckpoint({ ...start, tensors }, layout, recipe), shape);
  };
  const first = layout.parameters[0].name;
  expect(() => written("ema").state(layout)).toThrow(/^3 of the \d+ values of tensor "ema\./);
  expect(() => written("m").state(layout)).toThrow(`tensor "adamw.m.${first}" are not finite`);
});

test("the gradients that λ was moved by, to the last bit; none where there were none, as in files of before", () => {
  const joint = { diffusion: 1 / 3, alignment: Number.NaN, cosine: -0.1 };
  const written = writeStudentCheckpoint({ ...start, lambda: 0.5, joint }, layout, recipe);
  expect(readStudentCheckpoint(written, shape).state(layout)).toMatchObject({ lambda: 0.5, joint });
  // models/pretrain takes every tensor without a name of its own for the student's.
  const plain = writeStudentCheckpoint({ ...start, lambda: 0.5 }, layout, recipe);
  expect([...parseSafetensors(written).tensors.keys()]).toEqual([...parseSafetensors(plain).tensors.keys()]);
  expect(readStudentCheckpoint(plain, shape).state(layout).joint).toBeNull();
});
