// Which of a file's weights draw, and when they can't.
import { expect, test } from "vitest";
import definition from "../../models/student/student.json";
import type { FileTensor } from "../../src/formats/safetensors.ts";
import { lengthOf } from "../../src/nn/tape.ts";
import { studentParameters } from "../../src/student/definition.ts";
import { toFile } from "../../src/student/parameters.ts";
import { projectorParameters } from "../../src/student/projector.ts";
import { designOf } from "../../src/train/diffusion/design.ts";
import { parseStudentRecipe } from "../../src/train/diffusion/recipe.ts";
import { projectorMisfit, startState, stepLayout } from "../../src/train/diffusion/start.ts";
import { checkDraws, loadedTensors } from "../../src/train/diffusion/trained.ts";

const shape = { ...definition.shape, width: 16, heads: 1, depth: 1, time_width: 4 };

/** Weights that are all `value`, under a prefix. */
const all = (value: number, prefix = ""): (readonly [string, FileTensor])[] =>
  studentParameters(shape).map((parameter) => [
    `${prefix}${parameter.name}`,
    toFile(parameter, new Float32Array(lengthOf(parameter)).fill(value)),
  ]);

const draws =
  (...tensors: readonly (readonly [string, FileTensor])[]) =>
  () =>
    checkDraws(loadedTensors(new Map(tensors)), shape);

test("weights that are not finite draw nothing", () => {
  const broken = new Map(all(1));
  broken.get("proj_out.weight")?.data.fill(Number.NaN as never, 0, 2);
  expect(draws(...all(1))).not.toThrow();
  expect(draws(...broken)).toThrow(/^2 of the \d+ values of tensor "proj_out.weight" are not finite: /);
  const half = { dtype: "F16", shape: [16], data: new Uint16Array(16).fill(0x7c00) };
  expect(draws(...all(1), ["norm_final.weight", half])).toThrow('16 of the 16 values of tensor "norm_final.weight"');
  const finite = { ...half, data: new Uint16Array(16).fill(0x7bff) };
  expect(draws(...all(1), ["norm_final.weight", finite])).not.toThrow();
});

test("of a run's checkpoint the average is what draws", () => {
  expect(draws(...all(Number.NaN), ...all(1, "ema."))).not.toThrow();
  expect(draws(...all(1), ...all(Number.POSITIVE_INFINITY, "ema."))).toThrow("are not finite");
  expect(draws(...all(1), ...all(1, "ema.").slice(0, -1))).toThrow(/has no tensor "/);
});

/** A projector's tensors that are all `value`, under a prefix. */
const projectors = (value: number, prefix = "", hidden: readonly [number, number, number] = [4, 4, 4]) =>
  projectorParameters({ inputs: shape.width, hidden, outputs: 4 }).map(
    (parameter) =>
      [
        `${prefix}projector.${parameter.name}`,
        toFile(parameter, new Float32Array(lengthOf(parameter)).fill(value)),
      ] as const,
  );

const recipe = parseStudentRecipe({ start: "file", loss: "tsa", hidden: [4, 4, 4] });
const design = designOf(recipe, shape, 4);

/** One value of the student and one of the projector that a run starts with. */
function startsFrom(...tensors: readonly (readonly [string, FileTensor])[]) {
  const layout = stepLayout(design, recipe.optimizer);
  const { parameters } = startState(design, layout, 1, new Map(tensors)).tensors;
  return ["proj.weight", "projector.conv.weight"].map((name) => layout.view(parameters, name)[0]);
}

test("a run that starts from a run's checkpoint begins with its averaged weights, the projector's too", () => {
  const raw = [...all(1), ...projectors(2)];
  expect(startsFrom(...raw)).toEqual([1, 2]);
  expect(startsFrom(...raw, ...all(3, "ema."), ...projectors(4, "ema."))).toEqual([3, 4]);
});

test("no run starts from weights that are not finite", () => {
  expect(() => startsFrom(...all(Number.NaN))).toThrow(
    /^\d+ of the \d+ values of tensor "given" are not finite: .*; take an earlier checkpoint$/,
  );
  expect(() => startsFrom(...all(1), ...projectors(Number.NEGATIVE_INFINITY))).toThrow("are not finite");
  // As they are they are not read where there are averaged ones.
  expect(startsFrom(...all(Number.NaN), ...all(1, "ema."), ...projectors(2)).slice(0, 1)).toEqual([1]);
});

test("a projector of another size is drawn anew, and that is said", () => {
  const file = [...all(1), ...projectors(2, "", [8, 4, 4])];
  const [student, drawn] = startsFrom(...file);
  expect([student, drawn]).toEqual(startsFrom(...all(1)));
  expect(drawn).not.toBe(2);
  expect(projectorMisfit(design, new Map(file))).toBe(
    `The run's projector is drawn anew, for the file's does not fit: tensor "projector.linear1.weight" is F32 [8,16], the student needs F32, F16 or BF16 [4,16]. The file's has hidden 8 · 4 · 4 and 4 channels, this run's 4 · 4 · 4 and 4.`,
  );
  expect(projectorMisfit(design, new Map([...all(1), ...projectors(2)]))).toBeNull();
  expect(projectorMisfit(design, new Map(all(1)))).toBeNull();
});
