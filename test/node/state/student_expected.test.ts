// Committed curves that a run is expected to follow: found by what decides how a recipe learns.
import { expect, test } from "vitest";
import { curvesOf } from "../../../src/state/student/expected.ts";
import { parseStudentRecipe } from "../../../src/worker/protocol.ts";

const recipe = parseStudentRecipe({ start: "random", width: 64, loss: "mtsa", share: 0.5, seed: 1, steps: 50 });
const file = (of: object) =>
  [
    { recipe: of, parameters: 4 },
    { step: 25, diffusion: 0.8, alignment: 1.9, lambda: 0.01, ms: 1 },
    { step: 50, diffusion: 0.7, alignment: 1.2, lambda: 0.02, ms: 1 },
    ...[4, 6].map((centre_error) => ({ sample: 50, prompt: "p", seed: 1, centre_error })),
  ]
    .map((line) => JSON.stringify(line))
    .join("\n");

test("a curve of another seed and length is expected of a recipe, one of another τ is not", () => {
  const longer = { ...recipe, seed: 3, steps: 400, samples: 16, evaluateEvery: 400 };
  const [curve, ...more] = curvesOf([file(longer), file({ ...recipe, tau: 0.2 })], recipe);
  expect(more).toEqual([]);
  expect(curve.seed).toBe(3);
  expect(curve.stretches.map(({ step, diffusion }) => [step, diffusion])).toEqual([
    [25, 0.8],
    [50, 0.7],
  ]);
  expect(curve.looks).toEqual([{ step: 50, error: 5 }]);
});

test("a file from before a field is read as having its default; rates that fall know the run's length", () => {
  const { drawn: _, ...older } = recipe;
  expect(curvesOf([file(older)], recipe)[0].looks).toHaveLength(1);
  const [other] = curvesOf([file(older)], { ...recipe, drawn: "trained" });
  // Its clips are others.
  expect([other.stretches.length, other.looks.length]).toEqual([2, 0]);
  const falling = { ...recipe, rateDecay: "cosine" as const };
  expect(curvesOf([file({ ...falling, steps: 400 })], falling)).toEqual([]);
});

test("without alignment nothing that only alignment reads matters", () => {
  const alone = parseStudentRecipe({ ...recipe, loss: "none", lambda: null, share: null });
  expect(curvesOf([file({ ...alone, tau: 0.3, hidden: [64, 64, 16], share: 0.5 })], alone)).toHaveLength(1);
  expect(curvesOf([file({ ...alone, batch: 2 })], alone)).toEqual([]);
});

test("a file that is none is left out", () => {
  expect(curvesOf(["", "{}", "words"], recipe)).toEqual([]);
});
