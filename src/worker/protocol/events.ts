/** What the worker says unasked. */
import type { AdapterSummary } from "../../gpu/gpu.ts";
import type { BenchProgress } from "./bench.ts";
import type { LayerPoint, SweepPoint } from "./compare.ts";
import type { Failure } from "./failure.ts";
import type { GeneratePreview, GenerateProgress } from "./generate.ts";
import type { StudentEvent } from "./student.ts";
import type { TrainEvent } from "./train.ts";

export interface ComputeInfo {
  readonly backend: "webgpu" | "cpu";
  readonly adapter: AdapterSummary | null;
  /** Why there is no GPU, where there is none. */
  readonly failure: Failure | null;
  /** Threads onnxruntime's wasm may use: 1 without cross-origin isolation. */
  readonly wasmThreads: number;
}

export type Stage = "opening" | "surveying" | "decoding" | "downloading" | "starting-model" | "encoding";

/** What the worker holds on the device beside runs: Explore's clip and Compare's pair. */
export type Forgotten = "encoded" | "compared";

export type WorkerEvent =
  | {
      readonly type: "progress";
      readonly stage: Stage;
      readonly done: number;
      readonly total: number;
      readonly unit: "bytes" | "frames" | "none";
    }
  /** The device is gone; the worker is getting a new one and encodes the clip again by itself, once. */
  | { readonly type: "device-lost"; readonly reason: string }
  /** `forgotten`: what the new device could not take, which is to be asked for again. */
  | { readonly type: "device-restored"; readonly info: ComputeInfo; readonly forgotten: readonly Forgotten[] }
  | StudentEvent
  | SweepPoint
  | LayerPoint
  | BenchProgress
  | GenerateProgress
  | GeneratePreview
  | TrainEvent
  /**
   * Recovery did not work, or the device was lost a second time: `failure` says what to do. `info`: what computes from now on; null
   * where nothing does, because the worker itself stopped. `forgotten`: as above.
   */
  | {
      readonly type: "device-gone";
      readonly failure: Failure;
      readonly info: ComputeInfo | null;
      readonly forgotten: readonly Forgotten[];
    };
