// The run that ships with the page is of the recipe that the page trains live.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { FIRST } from "../../../src/state/student/preset.ts";
import { studentRecipeOf } from "../../../src/state/student/recipe.ts";
import { readRecorded } from "../../../src/state/student/recorded_file.ts";
import { errorsOf } from "../../../src/state/student/store.ts";
import { looksOf } from "../../../src/state/student/wanted.ts";
import { parseStudentRecipe } from "../../../src/worker/protocol.ts";

const text = readFileSync("public/recorded/first.json", "utf8");

test("the recorded run is whole, of the preset's recipe, and it learns", () => {
  const run = readRecorded(text);
  expect(run.recipe).toEqual(parseStudentRecipe(studentRecipeOf(FIRST)));
  expect([run.status, run.step, run.points.length]).toEqual(["done", FIRST.steps, FIRST.steps]);
  expect(run.looks).toHaveLength(looksOf(FIRST));
  expect(run.recorded).toMatchObject({ command: "npm run record-student" });
  const errors = run.looks.map(({ samples }) => errorsOf(samples)?.made);
  expect(errors.at(-1)).toBeLessThan(0.1 * (errors[0] ?? 0));
});

test("a file that is none says so", () => {
  expect(() => readRecorded("{}")).toThrow("the recorded run is not one that this page can read: reload the page");
  expect(() => readRecorded(JSON.stringify({ ...JSON.parse(text), recorded: null }))).toThrow(/not one that this page/);
});
