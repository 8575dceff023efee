// What the worker holds of the user's own, in Node: models in a storage that can be deleted, and of which clip a truth and a mask are.
import { readFileSync } from "node:fs";
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { broughtId } from "../../src/encoders/brought.ts";
import { modelId, ownModel } from "../../src/encoders/own_model.ts";
import { writeSafetensors } from "../../src/formats/safetensors.ts";
import { contentHash } from "../../src/video/content_hash.ts";
import { readable } from "../../src/video/unreadable.ts";
import { momentsOf } from "../../src/worker/brought/features.ts";
import { keptModels } from "../../src/worker/brought/kept_models.ts";
import { bringMask, maskTokens } from "../../src/worker/brought/mask.ts";
import { bringModel, filesOf } from "../../src/worker/brought/model.ts";
import { bringStudent } from "../../src/worker/brought/students.ts";
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

test("a model that cannot be deleted is still kept, and that is said", async () => {
  const { id } = await kept();
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("encoders");
  const locked = vi.fn().mockRejectedValue(new DOMException("It is locked.", "NoModificationAllowedError"));
  folder.removeEntry = locked;
  await expect(keep(visit(), id, false)).rejects.toMatchObject({
    code: "model-file",
    message: "the model “vit_outside” could not be deleted (It is locked): close the other tab and try again",
  });
  expect(await keptModels()).toEqual([{ id, bytes }]);
  locked.mockRejectedValue(new DOMException("It is gone.", "NotFoundError"));
  await keep(visit(), id, false);
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

/** A visit with a clip open. */
function spaceOf(space: Workspace, hash: string): Workspace {
  const clip = { info: { name: hash, width: 4, height: 2, contentHash: hash }, frameCount: async () => 2 };
  return { ...space, opened: { clip, truth: null, prompt: "" } } as unknown as Workspace;
}

test("a mask that is not here is somebody's file, or was painted in another visit", async () => {
  const missing = (name: string) =>
    maskTokens(spaceOf(visit(), "aaaa"), `mask:0000000000000001:${name}`, [], { H: 1, W: 1 }, 1);
  await expect(missing("own")).rejects.toThrow(/the mask “own” is a file that somebody made.*drop the same file here/);
  await expect(missing("painted")).rejects.toThrow(
    /^the mask “painted” was painted on the page in another visit, and is a file only where “Save it” was pressed/,
  );
});

test("a mask of the clip before is let go with the first of the next", async () => {
  const space = visit();
  const bringTo = async (hash: string, mark: number) => {
    const bytes = writeSafetensors({ mask: { dtype: "U8", shape: [1, 2], data: Uint8Array.of(mark, 1) } }, {});
    const files = [new File([bytes as Uint8Array<ArrayBuffer>], "own.safetensors")];
    await bringMask(spaceOf(space, hash), { type: "bring-mask", files });
    return Array.from(space.masks.values(), ({ clip }) => clip);
  };
  expect(await bringTo("aaaa", 0)).toEqual(["aaaa"]);
  expect(await bringTo("aaaa", 1)).toEqual(["aaaa", "aaaa"]);
  expect(await bringTo("bbbb", 0)).toEqual(["bbbb"]);
});

test("a file of more than 2 GiB is refused with both numbers before it is read", async () => {
  const file = Object.defineProperty(new File([new Uint8Array(100)], "student.safetensors"), "size", { value: 3e9 });
  const space = { students: new Map() } as unknown as Workspace;
  await expect(bringStudent(space, { type: "bring-student", file })).rejects.toMatchObject({
    code: "student-file",
    message:
      "student.safetensors: the file has 3000000000 bytes, and 2147483647 are read at once at the most: save the weights alone, without the optimiser",
  });
});

test("a file that memory has no room for is told apart from one that is gone", async () => {
  const file = new File([new Uint8Array(100)], "a.onnx");
  // Chromium has the same words for both.
  const refused = async () => {
    throw new DOMException("The requested file could not be read", "NotReadableError");
  };
  const reading = () => readable("a.onnx", file, refused());
  await expect(reading()).rejects.toMatchObject({
    code: "file-too-large",
    message: "a.onnx has 100 bytes, more than the browser has room for now: close other tabs, or choose a smaller file",
  });
  file.slice = () => Object.assign(new Blob(), { arrayBuffer: refused });
  await expect(reading()).rejects.toMatchObject({ code: "file-changed" });
});

/** A file of features of `F` moments, so many a second, held by a worker. */
function features(F: number, perSecond: number) {
  const hash = "0123456789abcdef";
  const timesS = Array.from({ length: F }, (_, f) => f / perSecond);
  const layers = [{ label: "", grid: { F, H: 1, W: 1, C: 1 } }];
  const space = { brought: new Map([[hash, { features: { layers, timesS, name: "own" } }]]) } as unknown as Workspace;
  return { space, timesS, id: broughtId({ hash, F, H: 1, W: 1, layer: 0, name: "own" }) };
}

test("of features of 10 minutes no more moments are looked at than memory holds, and that is said", () => {
  const { space, timesS, id } = features(4800, 8);
  const window = { startS: 0, lengthS: 600, frames: 4800 };
  const { atS, notices } = momentsOf(space, [id], window);
  expect(atS).toEqual(timesS.slice(0, 128));
  expect(notices(timesS.slice(0, 128).map((timeS, index) => ({ timeS, index })))).toEqual([
    "“own” has 4800 frames and 128 of them are shown: 128 are looked at at the most, so start the window later for those that follow",
  ]);
  expect(momentsOf(space, [id], { ...window, startS: 4 }).atS).toEqual(timesS.slice(32, 160));
});

test("features of a few moments of a long clip are shown whole", () => {
  const { space, timesS, id } = features(16, 1 / 4);
  const { atS, notices } = momentsOf(space, [id], { startS: 0, lengthS: 64, frames: 16 });
  expect(atS).toEqual(timesS);
  expect(notices(timesS.map((timeS, index) => ({ timeS, index })))).toEqual([]);
});
