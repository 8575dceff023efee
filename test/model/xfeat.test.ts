// XFeat in real Chromium against PyTorch's own features of two small frames (made by models/export/xfeat.py).
import { expect, test } from "vitest";
import { featureModel } from "../../src/encoders/feature_model.ts";
import { Models } from "../../src/encoders/models.ts";
import { xfeat } from "../../src/encoders/xfeat.ts";
import { parseSafetensors } from "../../src/formats/safetensors.ts";
import { createGpu } from "../../src/gpu/gpu.ts";
import { poolTokens } from "../../src/reference/pool_tokens.ts";
import goldenUrl from "../fixtures/xfeat_golden.safetensors?url";
import { expectClose } from "../support/close.ts";
import { withGpu } from "../support/gpu.ts";

const gpu = withGpu();

/**
 * Features reach about 4 and are float32 sums of up to 1152 products over some 20 layers, in another order than
 * PyTorch's; the exporter measured 2e-5 between two CPUs. A wrong layer, pad or resize is off by 0.1 or more.
 */
const PARITY = { rtol: 0, atol: 1e-3 };

/** Frames [2, 3, 64, 96] and features [2, 64, 8, 12]. */
async function golden() {
  const response = await fetch(goldenUrl);
  if (!response.ok)
    throw new Error(`${goldenUrl}: HTTP ${response.status}; make it with python models/export/xfeat.py`);
  const { tensors } = parseSafetensors(new Uint8Array(await response.arrayBuffer()));
  const [frames, features] = ["frames", "features"].map((name) => tensors.get(name)!.data as Float32Array<ArrayBuffer>);
  return { frames, features };
}

/** The golden's frames are float; an encoder gets 8 bits. So parity is tested on the session and the rest on its own. */
const SHAPE = [2, 3, 64, 96];

// First in this file: onnxruntime's wasm takes its number of threads from the first session of a page.
test("wasm on two threads", async () => {
  expect(crossOriginIsolated).toBe(true);
  const { frames, features } = await golden();
  const models = new Models({ wasmThreads: 2 });
  const maps = await models.use("xfeat", { gpu: null, progress() {} }, async (session) => {
    expect(session.provider).toBe("wasm");
    return featureModel(session).run(frames, SHAPE);
  });
  expect(maps.shape).toEqual([2, 64, 8, 12]);
  expectClose("features", maps.data as Float32Array, features, PARITY);
});

/** One for all tests on the test's device: SwiftShader compiles the model's shaders for 10 s and more. */
const onDevice = new Models({ wasmThreads: 2 });

/** A hardware adapter's word for it: SwiftShader runs the same WebGPU provider, only slowly. */
const asHardware = () => ({ ...gpu(), adapter: { ...gpu().adapter, software: false } });

test("WebGPU provider on our device, features straight into our kernel", async () => {
  const { frames, features } = await golden();
  const g = asHardware();
  await onDevice.use("xfeat", { gpu: g, progress() {} }, async (session) => {
    expect(session.provider).toBe("webgpu");
    const maps = await featureModel(session).run(frames, SHAPE);
    expect(maps.data).toBeInstanceOf(GPUBuffer);
    const data = await g.readback.read(maps.data as GPUBuffer, features.byteLength);
    maps.release();
    expectClose("features", data, features, PARITY);
  });
});

/** What an encoder is given: RGBA of a smooth moving pattern. */
function pixelsOf(frames: number, width: number, height: number): Uint8ClampedArray[] {
  return Array.from({ length: frames }, (_, f) => {
    const pixels = new Uint8ClampedArray(width * height * 4);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const wave = Math.sin(0.21 * (x - 3 * f) + 0.09 * y) + Math.sin(0.13 * (y + 2 * f) - 0.05 * x);
        pixels.set([128 + 50 * wave, 120 + 40 * wave, 100 + 30 * wave, 255], (y * width + x) * 4);
      }
    }
    return pixels;
  });
}

test("tokens of 16 px are 2×2 means of those of 8 px, over more than one batch", async () => {
  const models = new Models({ wasmThreads: 1 });
  const stages: string[] = [];
  const context = {
    gpu: null,
    models,
    signal: new AbortController().signal,
    progress: ({ stage }: { stage: string }) => stages.push(stage),
  };
  const input = { pixels: pixelsOf(9, 96, 64), size: { width: 96, height: 64 } };
  const fine = await xfeat.encode({ ...input, token: 8 }, context);
  const coarse = await xfeat.encode({ ...input, token: 16 }, context);
  expect(fine.grid).toEqual({ F: 9, H: 8, W: 12, C: 64 });
  expect(coarse.grid).toEqual({ F: 9, H: 4, W: 6, C: 64 });
  expect([...new Set(stages)]).toEqual(["downloading", "starting-model", "encoding"]);
  // Rows [F, H, W, C] as maps [F·C, 1, H, W] and back: the twin is its own check once the layout is turned.
  const rows = fine.data as Float32Array;
  const maps = new Float32Array(rows.length);
  for (let f = 0; f < 9; f++)
    for (let s = 0; s < 96; s++) for (let c = 0; c < 64; c++) maps[(f * 64 + c) * 96 + s] = rows[(f * 96 + s) * 64 + c];
  const expected = poolTokens(maps, { B: 9, C: 64, H: 4, W: 6, pool: 2 });
  expectClose("tokens", coarse.data as Float32Array, expected, { rtol: 1e-6, atol: 1e-6 });
});

test("the same features through the GPU's path as through wasm", async () => {
  const g = asHardware();
  const signal = new AbortController().signal;
  const models = new Models({ wasmThreads: 1 });
  const input = { pixels: pixelsOf(2, 96, 64), size: { width: 96, height: 64 }, token: 16 } as const;
  const onGpu = await xfeat.encode(input, { gpu: g, models: onDevice, signal, progress() {} });
  const onCpu = await xfeat.encode(input, { gpu: null, models, signal, progress() {} });
  expect([onGpu.provider, onCpu.provider]).toEqual(["webgpu", "wasm"]);
  const expected = onCpu.data as Float32Array;
  const data = await g.readback.read(onGpu.data as GPUBuffer, expected.byteLength);
  expectClose("features", data, expected, PARITY);
});

test("a model starts again on the next device after one was lost", async () => {
  const { frames, features } = await golden();
  const context = async () => {
    const made = await createGpu();
    return { gpu: { ...made, adapter: { ...made.adapter, software: false } }, progress() {} };
  };
  const models = new Models({ wasmThreads: 1 });
  const first = await context();
  await models.use("xfeat", first, async () => {});
  first.gpu.device.destroy();
  await first.gpu.device.lost;
  models.forget(first.gpu.device);
  const second = await context();
  const maps = await models.use("xfeat", second, (session) => featureModel(session).run(frames, SHAPE));
  const answer = await second.gpu.readback.read(maps.data as GPUBuffer, features.byteLength);
  expectClose("features", answer, features, PARITY);
  second.gpu.destroy();
});

test("a file that is not the manifest's is refused", async () => {
  const entry = {
    id: "xfeat",
    kind: "features" as const,
    name: "XFeat",
    file: "",
    bytes: 10,
    sha256: "0".repeat(64),
    licence: "",
    origin: "",
    card: "",
  };
  const io = {
    input: { name: "frames", multiple: 32 },
    output: { name: "features", channels: 64, stride: 8, tubelet: 1 },
  };
  const models = new Models({
    wasmThreads: 1,
    entries: [{ ...entry, ...io, summary: "" }],
    urlOf: () => URL.createObjectURL(new Blob([new Uint8Array(10)])),
  });
  const use = models.use("xfeat", { gpu: null, progress() {} }, async () => {});
  await expect(use).rejects.toMatchObject({ code: "model-hash", message: expect.stringContaining("0".repeat(64)) });
});
