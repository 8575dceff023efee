import type { InferenceSession, Tensor } from "onnxruntime-web";
// The package's own files: onnxruntime would look for them beside the page, where no bundler puts them.
import asyncifyWasm from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";
import plainWasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import { fetchFile, loadPart, SiteError } from "../site/files.ts";
import type { ModelEntry } from "./manifest.ts";

/** Where a model runs. */
export type Provider = "wasm" | "webgpu";

/** One named input of a run; whole numbers go in as int64. */
export interface ModelInput {
  readonly data: Float32Array | BigInt64Array;
  readonly shape: readonly number[];
}

/** One output of a run. */
export interface ModelOutput {
  readonly shape: readonly number[];
  /** Features on the device that was handed in when the provider is "webgpu", everything else on the CPU. */
  readonly data: Float32Array | GPUBuffer;
  /** Gives a GPU buffer back to onnxruntime; call it after the last submit that reads it. */
  release(): void;
}

/** A model that is ready to run. Runs and starts must not overlap: `Models` queues them. */
export interface StartedModel {
  readonly provider: Provider;
  /** The outputs that were asked for, by name. */
  run<Name extends string>(
    inputs: Readonly<Record<string, ModelInput>>,
    outputs: readonly Name[],
  ): Promise<Readonly<Record<Name, ModelOutput>>>;
  release(): Promise<void>;
}

/** One of the page's own. */
export interface ModelSession extends StartedModel {
  readonly entry: ModelEntry;
}

/** What a session is made from. */
export interface ModelSource {
  readonly bytes: Uint8Array;
  /** Weights in files of their own, by the names that the model has for them. */
  readonly external?: readonly { readonly path: string; readonly data: Uint8Array }[];
  /** Where its outputs stay. */
  readonly outputs: "gpu-buffer" | "cpu";
}

/** Addresses of the runtimes that onnxruntime has taken up; it keeps them. */
const compiled = new Set<string>();

/** What a WebAssembly file begins with. */
const MAGIC = [0x00, 0x61, 0x73, 0x6d];

/**
 * The runtime's own code. Fetched here, because onnxruntime would compile whatever it is given, name a wrong cause and refuse
 * every start after that.
 */
async function fetchRuntime(url: string, signal?: AbortSignal): Promise<Uint8Array> {
  const response = await fetchFile(url, "the runtime of the models", signal);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (MAGIC.every((byte, i) => bytes[i] === byte)) return bytes;
  throw new SiteError(
    "file-missing",
    `the server gives ${bytes.length} bytes that are no WebAssembly for ${new URL(url).pathname}: reload without the cache, or tell whoever serves this page`,
  );
}

/**
 * Starts a session: on the given device, or on the CPU through wasm where `device` is null. The runtime is loaded here
 * and not before, because it weighs 14 to 27 MB.
 * @throws SiteError where the runtime does not arrive; the signal's reason where that comes first
 */
export async function startSession(
  { bytes, external, outputs: location }: ModelSource,
  device: GPUDevice | null,
  wasmThreads: number,
  signal?: AbortSignal,
): Promise<StartedModel> {
  const ort = device
    ? await loadPart("the runtime of the models", () => import("onnxruntime-web/webgpu"))
    : await loadPart("the runtime of the models", () => import("onnxruntime-web/wasm"));
  // The proxy would run the model in a worker of its own, and we are in one already.
  ort.env.wasm.proxy = false;
  ort.env.wasm.numThreads = wasmThreads;
  const url = absolute(device ? asyncifyWasm : plainWasm);
  if (!compiled.has(url)) ort.env.wasm.wasmBinary = await fetchRuntime(url, signal);
  // onnxruntime ignores `env.webgpu.device` (microsoft/onnxruntime #26107), so the device goes in with the provider.
  const options: InferenceSession.SessionOptions = {
    ...(device
      ? { executionProviders: [{ name: "webgpu", device }], preferredOutputLocation: location }
      : { executionProviders: ["wasm"] }),
    ...(external && { externalData: [...external] }),
  };
  const session = await ort.InferenceSession.create(bytes, options);
  compiled.add(url);
  // Compiled it is kept twice otherwise, in 14 to 27 MB.
  delete ort.env.wasm.wasmBinary;
  return {
    provider: device ? "webgpu" : "wasm",
    async run<Name extends string>(inputs: Readonly<Record<string, ModelInput>>, outputs: readonly Name[]) {
      const feeds = Object.entries(inputs).map(([name, { data, shape }]) => [
        name,
        data instanceof Float32Array ? new ort.Tensor("float32", data, shape) : new ort.Tensor("int64", data, shape),
      ]);
      const found = await session.run(Object.fromEntries(feeds), outputs);
      return Object.fromEntries(outputs.map((name) => [name, outputOf(found[name])])) as Record<Name, ModelOutput>;
    },
    release: () => session.release(),
  };
}

/** Vite's asset addresses are relative to this module's; onnxruntime would read them relative to its own. */
const absolute = (url: string) => new URL(url, import.meta.url).href;

function outputOf(output: Tensor): ModelOutput {
  const shape = output.dims;
  if (output.location === "gpu-buffer") {
    return { shape, data: output.gpuBuffer as GPUBuffer, release: () => output.dispose() };
  }
  if (!(output.data instanceof Float32Array)) throw new TypeError(`a model gave ${output.type} numbers, not float32`);
  return { shape, data: output.data, release() {} };
}
