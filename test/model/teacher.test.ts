// Our small VideoMAEv2 in real Chromium: against PyTorch's own features (made by models/pretrain's export), and at work.
import { afterAll, beforeAll, expect, test } from "vitest";
import { Models } from "../../src/encoders/models.ts";
import type { EncoderContext } from "../../src/encoders/types.ts";
import { videomae } from "../../src/encoders/videomae.ts";
import { parseSafetensors } from "../../src/formats/safetensors.ts";
import type { ComputeFailure } from "../../src/state/client.ts";
import type { EncodeRequest, RecipeInput, SideSpec } from "../../src/worker/protocol.ts";
import { createWorld } from "../../src/world/world.ts";
import motionUrl from "../fixtures/motion_goldens.safetensors?url";
import goldenUrl from "../fixtures/teacher_golden.safetensors?url";
import { expectClose } from "../support/close.ts";
import { withGpu } from "../support/gpu.ts";
import { parseMotionGoldens } from "../support/motion_goldens.ts";
import { type RunningWorker, startWorker } from "../support/worker.ts";

const gpu = withGpu();

/** Float32 sums in another order, of features up to 10: the exporter measured 1.4e-5. A wrong layer is off by 0.1 or more. */
const PARITY = { rtol: 0, atol: 1e-4 };

const SIZE = { width: 64, height: 64 };

/** Frames [16, 64, 64, 3] as an encoder gets them. */
const rgba = (rgb: Uint8Array) =>
  Array.from({ length: 16 }, (_, f) => {
    const picture = new Uint8ClampedArray(4 * 64 * 64).fill(255);
    for (let i = 0; i < 64 * 64; i++) picture.set(rgb.subarray(3 * (f * 64 * 64 + i)).subarray(0, 3), 4 * i);
    return picture;
  });

/** The golden's frames as RGBA, and its maps [8, 192, 8, 8] as what the encoder makes of them, [16, 8, 8, 192]. */
async function golden() {
  const response = await fetch(goldenUrl);
  if (!response.ok) throw new Error(`${goldenUrl}: HTTP ${response.status}; make it with python -m pretrain export`);
  const { tensors } = parseSafetensors(new Uint8Array(await response.arrayBuffer()));
  const [frames, features] = [tensors.get("frames"), tensors.get("features")];
  if (!frames || !features) throw new Error(`the golden holds ${[...tensors.keys()]}`);
  expect([frames.shape, features.shape]).toEqual([
    [16, 64, 64, 3],
    [8, 192, 8, 8],
  ]);
  const [rgb, maps] = [frames.data as Uint8Array, features.data as Float32Array];
  const tokens = Float32Array.from({ length: 16 * 64 * 192 }, (_, i) => {
    const [frame, s, c] = [Math.floor(i / (64 * 192)), Math.floor(i / 192) % 64, i % 192];
    return maps[(Math.floor(frame / 2) * 192 + c) * 64 + s];
  });
  return { input: { pixels: rgba(rgb), size: SIZE, token: 8 as const }, tokens };
}

const context = (own: Partial<EncoderContext> = {}): EncoderContext => ({
  gpu: null,
  models: new Models({ wasmThreads: 2 }),
  signal: new AbortController().signal,
  progress() {},
  ...own,
});

// First in this file: onnxruntime's wasm takes its number of threads from the first session of a page.
test("PyTorch's features through wasm, each for both frames of its pair", async () => {
  const { input, tokens } = await golden();
  const { data, grid, provider } = await videomae.encode(input, context());
  expect(provider).toBe("wasm");
  expect(grid).toEqual({ F: 16, H: 8, W: 8, C: 192 });
  expectClose("features", data as Float32Array, tokens, PARITY);
});

test("PyTorch's features through the WebGPU provider on our device", async () => {
  const { input, tokens } = await golden();
  // A hardware adapter's word for it: SwiftShader runs the same provider, only slowly.
  const asHardware = { ...gpu(), adapter: { ...gpu().adapter, software: false } };
  const { data, provider } = await videomae.encode(input, context({ gpu: asHardware }));
  expect(provider).toBe("webgpu");
  expectClose("features", data as Float32Array, tokens, PARITY);
});

test("other numbers of frames and other sizes are refused", async () => {
  const { input } = await golden();
  const models = new Models({ wasmThreads: 2 });
  await expect(videomae.encode({ ...input, pixels: input.pixels.slice(1) }, context({ models }))).rejects.toMatchObject(
    { code: "too-few-frames", message: expect.stringMatching(/exactly 16 frames, got 15.*XFeat/) },
  );
  await expect(videomae.encode({ ...input, token: 16 }, context({ models }))).rejects.toThrow(
    /tokens of 8 px, got.*16 px/,
  );
});

let worker: RunningWorker;
beforeAll(async () => {
  worker = startWorker();
  await worker.request({ type: "boot", backend: "auto" });
  await worker.request({
    type: "open",
    source: { kind: "sandbox", prompt: "a large red ball hits a small blue ball", seed: 7 },
  });
});
afterAll(() => worker.stop());

const WINDOW = { startS: 0, lengthS: 2, frames: 16 };
const encodeRequest = (change: Partial<EncodeRequest> = {}): EncodeRequest => ({
  type: "encode",
  window: WINDOW,
  encoder: "videomae",
  token: 8,
  shippedUrl: null,
  ...change,
});

test("the worker gives it the sandbox's own pixels, and refuses what it cannot take in one sentence", async () => {
  const encoded = (await worker.request(encodeRequest()))!;
  expect(encoded).toMatchObject({
    grid: { F: 16, H: 8, W: 8, C: 192 },
    inputSize: SIZE,
    tokenPx: [32, 32],
    provider: "wasm",
    notices: [expect.stringContaining("each pair of columns has the same features")],
  });
  const mask = (await worker.request({ type: "mask", rho: 0.2 }))!;
  expect(mask).toMatchObject({ tubelet: 2, keptPerFrame: 13 });
  expect(mask.mask).toHaveLength(16 * 64);
  const data = (await worker.request({ type: "features" }))!.data;
  expect(data.subarray(0, 64 * 192)).toEqual(data.subarray(64 * 192, 2 * 64 * 192));

  const world = await createWorld();
  const { frames } = world.makeClip("a large red ball hits a small blue ball", 7);
  const own = await videomae.encode({ pixels: rgba(frames), size: SIZE, token: 8 }, context());
  // The same pixels to the last bit, through the same runtime: only its number of threads may differ.
  expectClose("features", data, own.data as Float32Array, { rtol: 0, atol: 1e-5 });

  const refused = (change: Partial<EncodeRequest>) =>
    worker.request(encodeRequest(change)).then(
      () => undefined,
      (error: ComputeFailure) => error.failure,
    );
  expect(await refused({ window: { ...WINDOW, frames: 8 } })).toMatchObject({
    code: "bad-request",
    message: expect.stringMatching(/videomae takes exactly 16 frames in tokens of 8 px, got 8 frames and 8 px/),
  });
  expect(await refused({ window: { ...WINDOW, lengthS: 1 } })).toMatchObject({
    code: "too-few-frames",
    message: expect.stringMatching(/takes exactly 16 frames, got 8: choose a longer window, or XFeat/),
  });
});

test("it can be compared with XFeat on the finer grid, and with itself on a degraded clip", async () => {
  const side = (change: Partial<SideSpec>): SideSpec => ({
    encoder: "videomae",
    token: 8,
    degradation: "none",
    ...change,
  });
  const compare = (student: SideSpec) =>
    worker.request({ type: "compare", window: WINDOW, teacher: side({}), student });
  const withXfeat = (await compare(side({ encoder: "xfeat", token: 16 })))!;
  expect(withXfeat).toMatchObject({ grid: { F: 16, H: 16, W: 16 }, channels: { teacher: 192, student: 64 } });
  const query = (await worker.request({ type: "compare-query", query: [0, 5, 5], tau: 0.1 }))!;
  for (const { probabilities } of [query.teacher, query.student]) {
    expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(16, 3);
  }

  expect(await compare(side({ degradation: "frozen" }))).toMatchObject({ grid: { F: 16, H: 8, W: 8 } });
  const losses = (await worker.request({ type: "compare-losses", tau: 0.1, rho: 0.2, margin: 0.1 }))!;
  const { repa, ...relations } = losses.losses;
  for (const loss of Object.values(relations)) expect(loss?.loss).toBeGreaterThan(0);
  // Minus a mean cosine: −1 for the same features (here −.90).
  expect(repa?.loss).toBeGreaterThan(-0.99);
});

test("it can be a run's teacher", async () => {
  await worker.request(encodeRequest());
  const recipe: RecipeInput = { hidden: [16, 16, 8], steps: 1, trainFrames: [0, 7], heldFrames: [8, 15] };
  const started = await worker.request({ type: "train-start", run: 1, recipe, status: "running" });
  expect(started?.data).toMatchObject({ encoder: "videomae", grid: { F: 16, H: 8, W: 8, C: 192 } });
  const { loss, gradNorm } = await worker.event("train-step");
  expect(loss).toBeGreaterThan(0);
  expect(gradNorm).toBeGreaterThan(0);
});

test("a border that splits a token of two frames is refused, and so is a window", async () => {
  const start = (recipe: RecipeInput) =>
    worker.request({ type: "train-start", run: 2, recipe: { hidden: [8, 8, 8], ...recipe }, status: "paused" }).then(
      () => undefined,
      (error: ComputeFailure) => error.failure.message,
    );
  expect(await start({ trainFrames: [0, 6], heldFrames: [7, 15] })).toMatch(/train frames 0-6 split a token.*2 frames/);
  expect(await start({ trainFrames: [0, 7], heldFrames: [9, 15] })).toMatch(/held frames 9-15 split a token/);
  expect(await start({ batch: { frames: 3 } })).toMatch(/batch\.frames must be a multiple of the 2 frames.*got 3/);
});

test("its motion mask is PyTorch's, token by token, in Explore and in Compare", async () => {
  const { prompt, seed, cases } = parseMotionGoldens(new Uint8Array(await (await fetch(motionUrl)).arrayBuffer()));
  const golden = cases.find(({ name }) => name === "tubelets");
  const wanted = Array.from({ length: 16 * 64 }, (_, i) => golden?.mask[64 * Math.floor(i / 128) + (i % 64)]);
  await worker.request({ type: "open", source: { kind: "sandbox", prompt, seed } });
  await worker.request(encodeRequest());
  const explored = await worker.request({ type: "mask", rho: 0.2 });
  expect(Array.from(explored?.mask ?? [])).toEqual(wanted);
  const side: SideSpec = { encoder: "videomae", token: 8, degradation: "none" };
  await worker.request({ type: "compare", window: WINDOW, teacher: side, student: { ...side, degradation: "frozen" } });
  const compared = await worker.request({ type: "compare-losses", tau: 0.1, rho: 0.2, margin: 0.1 });
  expect(Array.from(compared?.mask ?? [])).toEqual(wanted);
});
