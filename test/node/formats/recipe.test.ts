// What Train exports as a recipe is what scale/train.py is tested with, byte for byte.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DEFAULTS } from "../../../src/state/settings.ts";
import { recipeOf } from "../../../src/state/train/recipe.ts";
import { parseRecipe } from "../../../src/train/recipe.ts";

test("the recipe of Train's settings is the one that full size reads", () => {
  const settings = { ...DEFAULTS, loss: "mtsa", lossTau: 0.1, hidden: [16, 16, 16], steps: 3 } as const;
  const exported = `${JSON.stringify({ recipe: parseRecipe(recipeOf(settings, 4)) }, null, 1)}\n`;
  expect(exported).toBe(readFileSync("test/fixtures/recipe.json", "utf8"));
});
