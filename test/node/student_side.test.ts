import { expect, test } from "vitest";
import definition from "../../models/student/student.json";
import { repeatFrames } from "../../src/encoders/cogvideox.ts";
import { fixedInput } from "../../src/encoders/input.ts";
import { blocksOf, noisingOf } from "../../src/encoders/noised.ts";
import { STUDENT_BLOCKS } from "../../src/encoders/noising.ts";
import { inNoise, isTrainedId, trainedId, trainedSide } from "../../src/encoders/trained.ts";
import { scoreWords, sideWords } from "../../src/figure/captions.ts";
import { ArenaLayout } from "../../src/nn/arena.ts";
import { STUDENT_DEFAULTS } from "../../src/state/student/settings.ts";
import { studentParameters } from "../../src/student/definition.ts";
import { writeStudentCheckpoint } from "../../src/train/diffusion/checkpoint.ts";
import { parseStudentRecipe, type StudentRecipeInput } from "../../src/train/diffusion/recipe.ts";
import { readStudent } from "../../src/worker/brought/students.ts";

test("what the page knows of the student is what its definition says", () => {
  const { width, depth, frames, rows } = definition.shape;
  expect(STUDENT_BLOCKS).toEqual({ count: depth, aligned: definition.aligned });
  const fixed = fixedInput("cogvideox");
  expect(STUDENT_DEFAULTS).toMatchObject({ width, depth });
  expect(fixed && [(fixed.frames ?? 0) / fixed.tubelet, fixed.size.height / fixed.token]).toEqual([frames, rows]);
});

test("a token frame's features stand for each of its frames", () => {
  expect([...repeatFrames(Float32Array.of(1, 2, 3, 4), 2, 3)]).toEqual([1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4]);
});

test("a caption says which student it was, in which noise, and what became of its clip", () => {
  const noising = { t: 250, block: 4, given: true, seed: 9 };
  expect(sideWords({ encoder: "cogvideox", token: 8, degradation: "frozen", noising })).toBe(
    "our CogVideoX 8 px at t = 250, block 4, noise 9, first frames given, on a frozen copy",
  );
  expect(sideWords({ encoder: "xfeat", token: 16, degradation: "none" })).toBe("XFeat 16 px");
});

const OWN = {
  hash: "0123456789abcdef",
  depth: 2,
  aligned: null,
  noising: { t: 250, block: 1, given: false, seed: 9 },
  name: "M-TSA on solids: seed 1, step 300",
} as const;

test("a student of the user's own is its id: which file, how deep, in which noise", () => {
  const id = trainedId(OWN);
  expect(isTrainedId(id)).toBe(true);
  expect(trainedSide(id)).toEqual(OWN);
  const later = inNoise(id, { t: 999, block: 2, given: true });
  expect(trainedSide(later)).toEqual({ ...OWN, noising: { t: 999, block: 2, given: true, seed: 9 } });
  expect(noisingOf({ encoder: later })).toEqual({ t: 999, block: 2, given: true, seed: 9 });
  expect(noisingOf({ encoder: "xfeat" })).toBeNull();
  expect(blocksOf(id)).toEqual({ count: 2, aligned: null });
  expect(blocksOf(trainedId({ ...OWN, aligned: 2 }))).toEqual({ count: 2, aligned: 2 });
  expect(blocksOf("cogvideox")).toEqual(STUDENT_BLOCKS);
  expect(blocksOf("xfeat")).toBeNull();
  expect(sideWords({ encoder: id, token: 8, degradation: "none" })).toBe(
    "M-TSA on solids: seed 1, step 300 8 px at t = 250, block 1, noise 9",
  );
});

test("scores of one student in two noises, or of two of its blocks, have two names", () => {
  const grid = { F: 16, H: 8, W: 8 };
  const id = trainedId(OWN);
  const changes = [{}, { t: 999 }, { block: 2 }, { seed: 1 }, { given: true }];
  const names = changes.map((change) => scoreWords({ encoder: inNoise(id, change), grid }));
  expect(names[0]).toBe(`${OWN.name} 8×8 at t = 250, block 1, noise 9`);
  expect(new Set(names).size).toBe(changes.length);
  expect(scoreWords({ encoder: "xfeat", grid })).toBe("XFeat 8×8");
});

test.each<[string, StudentRecipeInput, number, number | null]>([
  ["its recipe's", { block: 3 }, 4, 3],
  ["about 60 % through where the recipe leaves it open", {}, 4, 2],
  ["the same of another depth", {}, 5, 3],
  ["none without alignment", { loss: "none" }, 4, null],
])("the block that a run aligned is read from its checkpoint: %s", (_, input, depth, aligned) => {
  const recipe = parseStudentRecipe({ start: "random", ...input });
  const shape = { ...definition.shape, width: 16, heads: 1, time_width: 4, depth };
  const layout = new ArenaLayout(studentParameters(shape), () => "all");
  const zeros = new Float32Array(layout.length);
  const state = { step: 1, random: 1, tensors: { parameters: zeros, m: zeros, v: zeros, ema: zeros } };
  expect(readStudent(writeStudentCheckpoint(state, layout, recipe))).toMatchObject({ shape: { depth }, aligned });
});

test.each([
  ["a block that it has not", { noising: { ...OWN.noising, block: 3 } }],
  ["more noise than there is", { noising: { ...OWN.noising, t: 1000 } }],
  ["a seed of 33 bits", { noising: { ...OWN.noising, seed: 2 ** 32 } }],
  ["an aligned block that it has not", { aligned: 3 }],
  ["another hash", { hash: "0123" }],
])("no student is called by %s", (_, change) => {
  const id = trainedId({ ...OWN, ...change });
  expect(isTrainedId(id)).toBe(false);
  expect(() => trainedSide(id)).toThrow(/names no student of a file/);
});
