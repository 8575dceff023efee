// The video autoencoder in real Chromium against PyTorch's own answers (made by models/pretrain's export).
import { expect, test } from "vitest";
import { decodeLatents, encodeFrames } from "../../src/encoders/autoencoder.ts";
import { Models } from "../../src/encoders/models.ts";
import goldenUrl from "../fixtures/autoencoder_golden.safetensors?url";
import { expectClose } from "../support/close.ts";
import { goldenFile, planes } from "../support/golden_file.ts";
import { withGpu } from "../support/gpu.ts";

const gpu = withGpu();

/** Float32 sums in another order, of latents up to 3 and pixels up to 1: the exporter measured 3e-6. A wrong layer is off by 0.1. */
const PARITY = { rtol: 0, atol: 1e-4 };
/** Of 16, as the golden has them. */
const DECODED = [0, 5, 10, 15];
const FRAME = 3 * 64 * 64;

async function check(context: Parameters<typeof encodeFrames>[1]) {
  const { frames, latents, decoded } = await goldenFile(goldenUrl, "frames", "latents", "decoded");
  expectClose("latents", await encodeFrames(planes(frames), context), latents.data, PARITY);
  const found = await decodeLatents(latents.data, context);
  expect(found).toHaveLength(16 * FRAME);
  for (const [i, frame] of DECODED.entries()) {
    const [actual, expected] = [found.subarray(frame * FRAME), decoded.data.subarray(i * FRAME)].map((from) =>
      from.subarray(0, FRAME),
    );
    expectClose(`frame ${frame}`, actual, expected, PARITY);
  }
}

// First in this file: onnxruntime's wasm takes its number of threads from the first session of a page.
test("PyTorch's latents and frames through wasm", async () => {
  const models = new Models({ wasmThreads: 2 });
  await check({ gpu: null, models, progress() {} });
  await expect(encodeFrames(new Float32Array(FRAME), { gpu: null, models, progress() {} })).rejects.toThrow(
    "takes frames [16,3,64,64], 196608 numbers, got 12288",
  );
});

test("PyTorch's latents and frames through the WebGPU provider on our device", async () => {
  // A hardware adapter's word for it: SwiftShader runs the same provider, only slowly.
  const asHardware = { ...gpu(), adapter: { ...gpu().adapter, software: false } };
  await check({ gpu: asHardware, models: new Models({ wasmThreads: 2 }), progress() {} });
});
