import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import manifest from "../../models/manifest.json";
import { downloadModel } from "../../src/encoders/download.ts";
import { fixedInput } from "../../src/encoders/input.ts";
import { type ModelEntry, modelById, parseManifest } from "../../src/encoders/manifest.ts";
import { Models } from "../../src/encoders/models.ts";
import { removePatchMeans } from "../../src/encoders/raw_patches.ts";

const file = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);
const [shipped] = parseManifest(manifest);
const entry: ModelEntry = { ...shipped, bytes: 1000, sha256: createHash("sha256").update(file).digest("hex") };

/** A server that sends `bytes` in pieces, then ends or breaks off. */
const serving =
  (bytes: Uint8Array, { status = 200, breaks = false } = {}): typeof fetch =>
  async () => {
    let at = 0;
    const body = new ReadableStream({
      pull(controller) {
        if (at >= bytes.length) return breaks ? controller.error(new Error("reset")) : controller.close();
        controller.enqueue(bytes.slice(at, at + 300));
        at += 300;
      },
    });
    return new Response(body, { status });
  };

test("a model arrives whole, with progress", async () => {
  const seen: number[] = [];
  const progress = (done: number, total: number) => seen.push(done / total);
  expect(await downloadModel(entry, "m", { fetch: serving(file), progress })).toEqual(file);
  expect(seen).toEqual([0.3, 0.6, 0.9, 1]);
});

test.each([
  ["no server", () => Promise.reject(new TypeError("failed to fetch")), "model-download", /failed to fetch.*try again/],
  ["404", serving(file, { status: 404 }), "file-missing", /HTTP 404.*reload/],
  ["500", serving(file, { status: 500 }), "model-download", /HTTP 500/],
  ["too short", serving(file.slice(0, 900)), "model-download", /after 900 of 1000 bytes/],
  ["broken off", serving(file.slice(0, 600), { breaks: true }), "model-download", /after 600 of 1000 bytes/],
  [
    "other bytes",
    serving(file.map((b) => b ^ 1)),
    "model-hash",
    new RegExp(`expected ${entry.sha256}, got [0-9a-f]{64}`),
  ],
  ["too long", serving(new Uint8Array(1500)), "model-hash", /1500 bytes instead of 1000/],
] as const)("%s", async (_, fetch, code, message) => {
  await expect(downloadModel(entry, "m", { fetch: fetch as typeof globalThis.fetch })).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});

test("who gives up waiting for a model is free at once, and the next one gets what was under way", async () => {
  const stalled: ((response: Response) => void)[] = [];
  const fetched = vi.fn(() => new Promise<Response>((answer) => void stalled.push(answer)));
  vi.stubGlobal("fetch", fetched);
  const models = new Models({ wasmThreads: 1, entries: [entry], urlOf: () => "m" });
  const controller = new AbortController();
  const [gaveUp, waits] = [vi.fn(), vi.fn()];
  const { signal } = controller;
  const first = models.use(entry.id, { gpu: null, signal, progress: gaveUp }, async () => {});
  controller.abort(new Error("something newer"));
  await expect(first).rejects.toThrow("something newer");
  const second = models.download(entry.id, waits);
  stalled[0](await serving(file)("m"));
  expect(await second).toEqual(file);
  expect([fetched.mock.calls.length, gaveUp.mock.calls.length, waits.mock.calls.length]).toEqual([1, 0, 4]);
  vi.unstubAllGlobals();
});

test("the manifest takes no unknown keys and no broken hash", () => {
  const changed = (change: object) => ({ ...manifest, models: [{ ...manifest.models[0], ...change }] });
  expect(() => parseManifest(changed({ colour: "red" }))).toThrow(/models\/manifest.json is wrong at models.0.colour/);
  expect(() => parseManifest(changed({ sha256: "abc" }))).toThrow(/models.0.sha256: a sha256 has 64 hex digits/);
  expect(() => modelById(parseManifest(manifest), "dino")).toThrow(/no model "dino", only xfeat, videomae, /);
});

test.each(parseManifest(manifest))("the manifest has the bytes of $file", ({ file: path, bytes, sha256 }) => {
  const shippedFile = readFileSync(new URL(`../../models/${path}`, import.meta.url));
  const found = { bytes: shippedFile.length, sha256: createHash("sha256").update(shippedFile).digest("hex") };
  expect(found, "a file was replaced: run npm run manifest").toEqual({ bytes, sha256 });
});

test("what an encoder takes alone is what the manifest says of its model", () => {
  const model = modelById(parseManifest(manifest), "videomae");
  if (model.kind !== "features") throw new Error(`videomae is of kind ${model.kind}`);
  const { input, output } = model;
  const { frames, size, token, tubelet } = fixedInput("videomae") ?? {};
  expect(input).toEqual({ name: "frames", frames, ...size });
  expect(output).toMatchObject({ stride: token, tubelet });
  expect(fixedInput("xfeat")).toBeUndefined();
});

test("raw patches lose each channel's mean and nothing else", () => {
  const values = Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.9, 0.9, 0.9, 0.9);
  removePatchMeans(values, 4);
  const wanted = [-0.15, -0.05, 0.05, 0.15, 0, 0, 0, 0];
  for (const [i, want] of wanted.entries()) expect(values[i]).toBeCloseTo(want, 6);
});

test("the sandbox's own pair is under 25 MB to load", () => {
  // The weights that training starts from are loaded for training only.
  const own = parseManifest(manifest).filter(({ origin, kind }) => origin === "models/pretrain/" && kind !== "weights");
  expect(own.map(({ id }) => id)).toEqual(["videomae", "autoencoder-encoder", "autoencoder-decoder", "student"]);
  expect(own.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(25e6);
});
