// Prepared clips in the browser's private file system: what is read back, and all that can happen to it meanwhile.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { listKept, openKept, removeKept } from "../../src/data/kept.ts";
import type { KeptTokens } from "../../src/data/kept_file.ts";
import { taskClip, taskOf } from "../../src/data/task.ts";
import { lawsWith } from "../../src/world/laws.ts";
import { startWorker } from "../support/worker.ts";

const task = taskOf("bounce", { clips: 4 });
const [first, second] = [0, 1].map((i) => taskClip(task, "train", i));
const light = taskClip(taskOf("bounce", { laws: lawsWith({ gravity: 0.25 }) }), "train", 0);
const tokens: KeptTokens = {
  x0: Float32Array.of(1, -2.5, 3),
  saliency: Float32Array.of(0, 97920),
  template: "bounce",
  truth: { bodies: [{ kind: "solid", colour: "red" }], center: Float32Array.from({ length: 32 }, (_, i) => i || NaN) },
};
const features = { channels: 2, halves: Uint16Array.of(1, 2, 3, 0xffff) };

const root = async () =>
  (await navigator.storage.getDirectory()).getDirectoryHandle("prepared-clips", { create: true });

/** Every file that is kept, by its path. */
async function files(folder?: FileSystemDirectoryHandle, at = ""): Promise<Map<string, FileSystemFileHandle>> {
  const found = new Map<string, FileSystemFileHandle>();
  for await (const [name, handle] of (folder ?? (await root())).entries()) {
    if (handle.kind === "file") found.set(`${at}${name}`, handle as FileSystemFileHandle);
    else for (const one of await files(handle as FileSystemDirectoryHandle, `${at}${name}/`)) found.set(...one);
  }
  return found;
}

async function opened() {
  const store = await openKept();
  if (!store) throw new Error("Chromium has a private file system");
  return store;
}

beforeEach(() => removeKept(null));
afterEach(() => vi.restoreAllMocks());

test("what was kept is read back to the bit, by sentence, seed, laws and part", async () => {
  const store = await opened();
  await store.keepTokens(first, tokens);
  await store.keepTeacher(first, "world", features);
  const again = await opened();
  expect(await again.tokens(first)).toEqual(tokens);
  expect(await again.teacher(first, "world")).toEqual(features);
  expect(await again.teacher(first, "videomae")).toBeNull();
  expect(await again.tokens(second)).toBeNull();
  expect(await again.tokens(light)).toBeNull();
  expect(again.problem).toBeNull();
});

test("it is listed with sizes, and deleted by group or as a whole", async () => {
  const store = await opened();
  for (const clip of [first, second, light]) await store.keepTokens(clip, tokens);
  await store.keepTeacher(first, "videomae", features);
  const sizes = [...(await files())].map(async ([, file]) => (await file.getFile()).size);
  const all = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  const listed = await listKept();
  expect(listed.map(({ name, template, clips }) => [name, template, clips])).toEqual([
    ["bounce", "bounce", 2],
    ["bounce, gravity 0.25", "bounce", 1],
  ]);
  expect(listed.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(all);
  await removeKept("bounce");
  expect((await listKept()).map(({ name }) => name)).toEqual(["bounce, gravity 0.25"]);
  expect(await store.tokens(first)).toBeNull();
  await removeKept(null);
  expect(await listKept()).toEqual([]);
  // Whoever still has it open goes on.
  await store.keepTokens(first, tokens);
  expect(await store.tokens(first)).toEqual(tokens);
});

test("a file that is cut short is not there, and what another version left is deleted", async () => {
  const store = await opened();
  await store.keepTokens(first, tokens);
  const [[path, file]] = await files();
  const whole = new Uint8Array(await (await file.getFile()).arrayBuffer());
  for (const length of [0, 7, whole.length - 1]) {
    const stream = await file.createWritable();
    await stream.write(whole.slice(0, length));
    await stream.close();
    expect(await store.tokens(first)).toBeNull();
  }
  await (await root()).getDirectoryHandle("0123456789abcdef", { create: true });
  await store.keepTokens(first, tokens);
  await opened();
  expect([...(await files()).keys()]).toEqual([path]);
  expect(await store.tokens(first)).toEqual(tokens);
});

test("a full disk is said in a sentence, leaves no half file and is not tried again", async () => {
  const store = await opened();
  const write = vi.spyOn(FileSystemWritableFileStream.prototype, "write");
  write.mockRejectedValue(new DOMException("no room", "QuotaExceededError"));
  await store.keepTokens(first, tokens);
  expect(store.problem).toContain("the browser's storage is full, so clips are prepared and not kept");
  expect(await store.tokens(first)).toBeNull();
  await store.keepTokens(second, tokens);
  expect(write).toHaveBeenCalledTimes(1);
});

test("the worker lists and deletes them too", async () => {
  await (await opened()).keepTokens(first, tokens);
  const worker = startWorker();
  try {
    const [bounce] = (await worker.request({ type: "kept-clips" })) ?? [];
    expect(bounce).toMatchObject({ name: "bounce", clips: 1 });
    expect(await worker.request({ type: "kept-clips-remove", name: "bounce" })).toEqual([]);
  } finally {
    worker.stop();
  }
});

test("where storage is blocked there is no store, and nothing is listed", async () => {
  vi.spyOn(navigator.storage, "getDirectory").mockRejectedValue(new DOMException("blocked", "SecurityError"));
  expect(await openKept()).toBeNull();
  expect(await listKept()).toEqual([]);
});
