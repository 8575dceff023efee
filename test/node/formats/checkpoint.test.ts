// Checkpoints of earlier versions: what an older page saved is gone on with, what a newer one saved is refused in a sentence.
import { expect, test } from "vitest";
import { parseSafetensors, type Tensor, writeSafetensors } from "../../../src/formats/safetensors.ts";
import { initialState, layoutOf } from "../../../src/train/align_design.ts";
import { readCheckpoint, writeCheckpoint } from "../../../src/train/checkpoint.ts";
import { parseRecipe } from "../../../src/train/recipe.ts";

const recipe = parseRecipe({ hidden: [4, 4, 4], steps: 7, weightDecay: 0.1 });
const data = { inputs: 48, C: 4 };
const layout = layoutOf(recipe, data);
const state = { ...initialState(recipe, data), step: 3 };

/** What stands in a file of another version, whose recipe lacks what did not exist then. */
function ofVersion(version: string, without: readonly string[] = []): Uint8Array {
  const { tensors, metadata } = parseSafetensors(writeCheckpoint(state, layout, recipe, { clip: "discs" }));
  const old = Object.fromEntries(Object.entries(recipe).filter(([name]) => !without.includes(name)));
  return writeSafetensors(Object.fromEntries(tensors) as Record<string, Tensor>, {
    ...metadata,
    version,
    recipe: JSON.stringify(old),
  });
}

test("version 1 is gone on with: its tensors are the same, and its recipe had AdamW at one rate", () => {
  const checkpoint = readCheckpoint(ofVersion("1", ["optimizer", "muonRate", "warmup", "rateDecay"]));
  expect(checkpoint).toMatchObject({ step: 3, data: { clip: "discs" }, recipe: { ...recipe, optimizer: "adamw" } });
  expect(checkpoint.recipe).toMatchObject({ warmup: 0, rateDecay: "none" });
  expect(checkpoint.state(layout)).toEqual(state);
});

test("a version that is not known is refused with both", () => {
  expect(() => readCheckpoint(ofVersion("3"))).toThrow(
    "the checkpoint has version 3, this page reads versions 1 and 2",
  );
});
