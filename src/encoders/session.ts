import type { InferenceSession, Tensor } from "onnxruntime-web";
// The package's own files: onnxruntime would look for them beside the page, where no bundler puts them.
import asyncifyWasm from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";
import plainWasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import type { ModelEntry } from "./manifest.ts";

/** Where a model runs. */
export type Provider = "wasm" | "webgpu";

/** Feature maps [B, C, h, w] of one run. */
export interface FeatureMaps {
  readonly shape: readonly number[];
  /** On the device that was handed in when the provider is "webgpu", else on the CPU. */
  readonly data: Float32Array | GPUBuffer;
  /** Gives a GPU buffer back to onnxruntime; call it after the last submit that reads the maps. */
  release(): void;
}

/** A model that is ready to run. Runs and starts must not overlap: `Models` queues them. */
export interface ModelSession {
  readonly provider: Provider;
  readonly entry: ModelEntry;
  /** @param frames [B, 3, height, width] in [0, 1] */
  run(frames: Float32Array, shape: readonly number[]): Promise<FeatureMaps>;
  release(): Promise<void>;
}

/**
 * Starts a session: on the given device, or on the CPU through wasm where `device` is null. The runtime is loaded here
 * and not before, because it weighs 14 to 27 MB.
 */
export async function startSession(
  entry: ModelEntry,
  bytes: Uint8Array,
  device: GPUDevice | null,
  wasmThreads: number,
): Promise<ModelSession> {
  const ort = device ? await import("onnxruntime-web/webgpu") : await import("onnxruntime-web/wasm");
  // The proxy would run the model in a worker of its own, and we are in one already.
  ort.env.wasm.proxy = false;
  ort.env.wasm.numThreads = wasmThreads;
  ort.env.wasm.wasmPaths = { wasm: absolute(device ? asyncifyWasm : plainWasm) };
  // onnxruntime ignores `env.webgpu.device` (microsoft/onnxruntime #26107), so the device goes in with the provider.
  const options: InferenceSession.SessionOptions = device
    ? { executionProviders: [{ name: "webgpu", device }], preferredOutputLocation: "gpu-buffer" }
    : { executionProviders: ["wasm"] };
  const session = await ort.InferenceSession.create(bytes, options);
  return {
    provider: device ? "webgpu" : "wasm",
    entry,
    async run(frames, shape) {
      const input = new ort.Tensor("float32", frames, shape);
      const outputs = await session.run({ [entry.input.name]: input });
      return mapsOf(outputs[entry.output.name]);
    },
    release: () => session.release(),
  };
}

/** Vite's asset addresses are relative to this module's; onnxruntime would read them relative to its own. */
const absolute = (url: string) => new URL(url, import.meta.url).href;

function mapsOf(output: Tensor): FeatureMaps {
  const shape = output.dims;
  if (output.location === "gpu-buffer") {
    return { shape, data: output.gpuBuffer as GPUBuffer, release: () => output.dispose() };
  }
  if (!(output.data instanceof Float32Array)) throw new TypeError(`a model gave ${output.type} features, not float32`);
  return { shape, data: output.data, release() {} };
}
