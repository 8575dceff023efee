// A model that the user accepts becomes the encoder by what its id says; in Compare, beside another of the user's own, the student.
import { expect, test } from "vitest";
import { acceptModel, useModels } from "../../../src/state/models.ts";
import { DEFAULTS, setSettings, useSettings } from "../../../src/state/settings.ts";
import type { BroughtModel, ModelId } from "../../../src/worker/protocol.ts";
import { SPEC } from "../../support/own_model.ts";

const idOf = (digit: string): ModelId => `model:${digit.repeat(16)}:NCHW/imagenet/1x56x84/14x1/1/x:mine`;

async function accepted(id: ModelId): Promise<void> {
  const model: BroughtModel = {
    hash: id.slice(6, 22),
    name: "mine",
    weights: [],
    bytes: 1,
    guess: SPEC,
    fixed: { frames: true, size: true },
    input: "pixels [1, 3, 56, 84]",
    outputs: ["x"],
  };
  const grid = { H: 4, W: 6, C: 8 };
  const tried = { shape: [1, 25, 8], id, grid, problem: null, fit: null, provider: "wasm", ms: 1 } as const;
  useModels.setState({ asking: { model, spec: SPEC, tried, problem: null } });
  await acceptModel(false);
}

test("an accepted model is looked through in its own tokens, with as many frames as before", async () => {
  useSettings.setState({ ...DEFAULTS, frames: 6 });
  await accepted(idOf("a"));
  expect(useModels.getState()).toMatchObject({ ids: [idOf("a")], asking: null });
  expect(useSettings.getState()).toMatchObject({ encoder: idOf("a"), token: 14, frames: 6 });
  setSettings({ view: "compare" });
  await accepted(idOf("b"));
  expect(useSettings.getState()).toMatchObject({ encoder: idOf("a"), studentEncoder: idOf("b"), studentToken: 14 });
  expect(useModels.getState().ids).toEqual([idOf("a"), idOf("b")]);
});
