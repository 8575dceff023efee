// What the worker holds of the user's own, in Node: models in a storage that can be deleted, and of which clip a truth and a mask are.
import { readFileSync } from "node:fs";
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { modelId, ownModel } from "../../src/encoders/own_model.ts";
import { writeSafetensors } from "../../src/formats/safetensors.ts";
import { contentHash } from "../../src/video/content_hash.ts";
import { keptModels } from "../../src/worker/brought/kept_models.ts";
import { bringMask } from "../../src/worker/brought/mask.ts";
import { bringModel, filesOf } from "../../src/worker/brought/model.ts";
import { truth } from "../../src/worker/brought/truth.ts";
import type { KeptModel, ModelId, PointTracks } from "../../src/worker/protocol.ts";
import { type Context, REQUESTS } from "../../src/worker/requests.ts";
import type { Running, Workspace } from "../../src/worker/workspace.ts";
import { stubFileSystem } from "../support/file_system.ts";
import { SPEC } from "../support/own_model.ts";

const NAMES = ["vit_outside.onnx", "vit_outside.onnx.data"];
const fixture = (name: string) => new File([readFileSync(`test/fixtures/brought/${name}`)], name);
const bytes = NAMES.reduce((sum, name) => sum + fixture(name).size, 0);

/** The worker of a visit. */
const visit = () => ({ models: new Map(), masks: new Map(), truth: null }) as unknown as Workspace;
const keep = async (space: Workspace, id: ModelId, keeps = true): Promise<readonly KeptModel[]> =>
  REQUESTS["keep-model"].handle({ space } as Context, { type: "keep-model", id, keep: keeps }, {} as Running);

/** What a model's files hold, as an encoder reads them. */
async function read(space: Workspace, id: ModelId): Promise<readonly string[]> {
  const files = await filesOf(space, id);
  return Promise.all(files.map(async (file) => `${file.name} ${await contentHash(file)}`));
}

/** A visit that kept the model. @returns its id and what its files hold */
async function kept(): Promise<{ readonly id: ModelId; readonly files: readonly string[] }> {
  const space = visit();
  const { hash, name } = await bringModel(space, { type: "bring-model", files: NAMES.map(fixture) });
  const id = modelId({ ...SPEC, hash, name });
  expect(await keep(space, id)).toEqual([{ id, bytes }]);
  return { id, files: await read(space, id) };
}

beforeEach(stubFileSystem);
afterAll(() => vi.unstubAllGlobals());

test("a model in use stays when it is deleted from the storage, and can be kept again", async () => {
  const { id, files } = await kept();
  const space = visit();
  expect(await read(space, id)).toEqual(files);
  expect(await keep(space, id, false)).toEqual([]);
  expect(await read(space, id)).toEqual(files);
  expect(await keep(space, id)).toEqual([{ id, bytes }]);
  expect(await read(visit(), id)).toEqual(files);
});

test("a kept model is kept by another spec without a file of it being touched", async () => {
  const { id, files } = await kept();
  const other = modelId({ ...ownModel(id), skip: 0 });
  const space = visit();
  await read(space, other);
  expect(await keep(space, other)).toEqual([{ id: other, bytes }]);
  expect(await read(space, other)).toEqual(files);
});

test("a model that another tab deleted is told apart from a disk that is full", async () => {
  const { id } = await kept();
  const space = visit();
  await read(space, id);
  await keep(visit(), id, false);
  await expect(keep(space, id)).rejects.toMatchObject({ code: "file-changed" });
  expect(await keptModels()).toEqual([]);
  await keep(space, id, false);
  await expect(keep(space, id)).rejects.toMatchObject({ code: "model-missing" });
});

test("a truth and a mask are of the clip that is open when their turn comes; points only of their own", async () => {
  const info = { name: "cat", width: 4, height: 2, contentHash: "bbbb" };
  const clip = { info, frameCount: async () => 2 };
  const space = { ...visit(), opened: { clip, truth: null, prompt: "" } } as unknown as Workspace;
  const data = Uint8Array.of(1, 0, 0, 1, 1, 0, 0, 1);
  const bytes = writeSafetensors({ mask: { dtype: "U8", shape: [2, 2, 2], data } }, {});
  const files = [new File([bytes as Uint8Array<ArrayBuffer>], "own.safetensors")];
  expect(await bringMask(space, { type: "bring-mask", files })).toMatchObject({ clip: "bbbb" });

  const tracks: PointTracks = { names: ["a"], frames: 2, xy: new Float32Array(4), visible: Uint8Array.of(1, 1) };
  const points = (of: string) => truth(space, { type: "truth", source: { kind: "points", clip: of, tracks } });
  // Marked on the clip before, which had as many frames.
  expect(await points("aaaa")).toEqual({ clip: "bbbb", name: "", tracks: null, hasTruth: false });
  expect(await points("bbbb")).toEqual({ clip: "bbbb", name: "", tracks, hasTruth: true });
  expect(await points("aaaa")).toEqual({ clip: "bbbb", name: "", tracks, hasTruth: true });
});
