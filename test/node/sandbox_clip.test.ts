// What links and files say of simulated clips.
import { expect, test } from "vitest";
import { readClipFile, writeClipFile } from "../../src/formats/clip_file.ts";
import { safetensorsKind } from "../../src/formats/file_kinds.ts";
import { parseSafetensors, writeSafetensors } from "../../src/formats/safetensors.ts";
import { parseSandboxName, sandboxName } from "../../src/formats/sandbox_name.ts";
import { parseSandboxClipId, sandboxClipId } from "../../src/state/sandbox_clip.ts";

test("a clip's id holds its seed and its sentence", () => {
  const prompt = "a small red ball floats in blue liquid";
  for (const seed of [0, 7, 2 ** 32 - 1]) {
    expect(parseSandboxClipId(sandboxClipId(prompt, seed))).toEqual({ prompt, seed });
  }
});

test("a clip's name says what makes it again; a file's does not", () => {
  const prompt = "a small red ball floats in blue liquid";
  expect(parseSandboxName(sandboxName(prompt, 7))).toEqual({ prompt, seed: 7 });
  expect(["holiday, seed of hope", "discs", "a, seed 12345678901"].map(parseSandboxName)).toEqual([null, null, null]);
});

test.each(["chelsea", "file:0123456789abcdef", "sandbox:", "sandbox:7:", "sandbox:-1:x", "sandbox:4294967296:x"])(
  "%s is no simulated clip's id",
  (id) => {
    expect(parseSandboxClipId(id)).toBeNull();
  },
);

const frames = (shape: readonly number[]) => ({
  dtype: "U8" as const,
  shape,
  data: new Uint8Array(shape.reduce((a, b) => a * b, 1)).fill(9),
});

test("a clip's file is read, with or without a seed", () => {
  const tensors = { frames: frames([2, 4, 4, 3]) };
  const read = (metadata: Record<string, string>) => readClipFile(writeSafetensors(tensors, metadata), 2, 4);
  expect(read({ prompt: "a", seed: "7" })).toMatchObject({ prompt: "a", seed: 7 });
  expect(read({ prompt: "a" }).seed).toBeNull();
  expect(read({ prompt: "a", seed: "soon" }).seed).toBeNull();
  expect([...new Set(read({ prompt: "a" }).frames)]).toEqual([9]);
});

test("a file without a clip says what is missing, with both values", () => {
  const read = (tensors: Parameters<typeof writeSafetensors>[0], metadata?: Record<string, string>) => () =>
    readClipFile(writeSafetensors(tensors, metadata), 2, 4);
  expect(read({ video: frames([1]) })).toThrow('no tensor "frames" of U8 [2,4,4,3], it holds video');
  expect(read({ frames: frames([2, 8, 8, 3]) })).toThrow('"frames" must be U8 [2,4,4,3], got U8 [2,8,8,3]');
  expect(read({ frames: frames([2, 4, 4, 3]) })).toThrow('no "prompt"');
  expect(() => readClipFile(new Uint8Array(3), 2, 4)).toThrow("8 bytes");
});

test("a clip of another world says its laws", () => {
  const read = (laws: string) =>
    readClipFile(writeSafetensors({ frames: frames([2, 4, 4, 3]) }, { prompt: "a", laws }), 2, 4).laws;
  expect(read('{"gravity": 0.25, "restitution": 1}')).toEqual({ gravity: 0.25, restitution: 1 });
  for (const wrong of ["", "half", "[0.25]", "null", '{"gravity": "0.25"}']) {
    expect(() => read(wrong)).toThrow(`"laws" must be JSON like {"gravity": 0.25}, got ${wrong}`);
  }
});

test("a clip's file is told from a checkpoint by its header", async () => {
  const blob = (tensors: Parameters<typeof writeSafetensors>[0], metadata?: Record<string, string>) =>
    new Blob([writeSafetensors(tensors, metadata)]);
  expect(await safetensorsKind(blob({ frames: frames([2, 4, 4, 3]) }))).toBe("clip");
  // As the simulator's own, which brings where its bodies are.
  expect(await safetensorsKind(blob({ frames: frames([2, 4, 4, 3]), mask: frames([2, 4, 4]) }))).toBe("clip");
  expect(await safetensorsKind(blob({ mask: frames([2, 4, 4]) }))).toBe("mask");
  const recipe = JSON.stringify({ window: { frames: 8 } });
  expect(await safetensorsKind(blob({ weight: frames([4]) }, { data: recipe }))).toBe("checkpoint");
  expect(await safetensorsKind(new Blob(["no"]))).toBe("checkpoint");
  expect(await safetensorsKind(new Blob([new Uint8Array(64)]))).toBe("checkpoint");
});

test("a clip among a thousand other tensors is one", async () => {
  const others = Object.fromEntries(
    Array.from({ length: 1000 }, (_, i) => [`latents of block number ${i}`, frames([0])]),
  );
  expect(await safetensorsKind(new Blob([writeSafetensors({ ...others, frames: frames([1]) })]))).toBe("clip");
});

test("a generated clip's file is read as a clip of no seed, and says how it was made", async () => {
  const frames = Uint8Array.from({ length: 2 * 4 * 4 * 3 }, (_, i) => i);
  const bytes = writeClipFile(frames, "a small red ball bounces on the floor", 4, { noise_seed: "7", steps: "25" });
  expect(readClipFile(bytes, 2, 4)).toEqual({
    frames,
    prompt: "a small red ball bounces on the floor",
    seed: null,
    laws: {},
  });
  expect(parseSafetensors(bytes).metadata).toMatchObject({ noise_seed: "7", steps: "25" });
  expect(await safetensorsKind(new Blob([bytes]))).toBe("clip");
});
