import { BufferLedger } from "./buffers.ts";
import { GpuError, outOfMemory } from "./errors.ts";
import { KernelBinder } from "./kernels.ts";
import { Readback } from "./readback.ts";

/** What the page tells the user about the adapter it computes on. */
export interface AdapterSummary {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  /** A CPU pretending to be a GPU (SwiftShader, lavapipe, WARP): correct and slow. */
  readonly software: boolean;
  readonly features: readonly string[];
}

/** One device and what belongs to it. Everything that computes is handed one of these; nothing keeps one globally. */
export interface Gpu {
  readonly device: GPUDevice;
  readonly adapter: AdapterSummary;
  readonly buffers: BufferLedger;
  readonly kernels: KernelBinder;
  readonly readback: Readback;
  destroy(): void;
}

/** Below this the Explore kernels cannot run; every WebGPU implementation grants it by default. */
const MIN_WORKGROUP_INVOCATIONS = 256;

/**
 * Asks for the adapter and a device with its largest buffers.
 * @throws GpuError "no-webgpu" | "no-adapter" | "limits", each with the remedy
 */
export async function createGpu(api: GPU | undefined = globalThis.navigator?.gpu): Promise<Gpu> {
  if (!api) {
    throw new GpuError("no-webgpu", "this browser has no WebGPU: use Chrome or Edge 121 or newer");
  }
  const adapter = await api.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) {
    throw new GpuError(
      "no-adapter",
      "WebGPU found no adapter: switch on hardware acceleration in the browser's settings",
    );
  }
  const { limits } = adapter;
  if (limits.maxComputeInvocationsPerWorkgroup < MIN_WORKGROUP_INVOCATIONS) {
    throw new GpuError(
      "limits",
      `this GPU runs ${limits.maxComputeInvocationsPerWorkgroup} invocations a workgroup, ${MIN_WORKGROUP_INVOCATIONS} are needed: use another GPU or the CPU fallback`,
    );
  }
  const info = infoOf(adapter);
  const wanted: GPUFeatureName[] = ["timestamp-query", "shader-f16", "subgroups"];
  const device = await adapter.requestDevice({
    label: "Tempered",
    requiredFeatures: wanted.filter((feature) => adapter.features.has(feature)),
    requiredLimits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
    },
  });
  // onnxruntime asks the device it is given, and has no other way.
  if (!("adapterInfo" in device)) Object.assign(device, { adapterInfo: info });
  return wrapDevice(device, summarise(info, adapter));
}

/** Builds the pieces around a device; tests and onnxruntime hand in their own. */
export function wrapDevice(device: GPUDevice, adapter: AdapterSummary): Gpu {
  const buffers = new BufferLedger(device);
  const readback = new Readback(buffers);
  return {
    device,
    adapter,
    buffers,
    kernels: new KernelBinder(device, buffers),
    readback,
    destroy() {
      buffers.destroyAll();
      device.destroy();
    },
  };
}

/**
 * A part of a device: `destroy` frees the buffers and bound kernels that were made through it and nothing else. Something that
 * makes many of them over several awaits opens one, and whatever fails on the way, one call leaves nothing behind.
 */
export function openScope({ device, adapter, buffers, kernels, readback }: Gpu): Gpu {
  const own = buffers.scope();
  return { device, adapter, buffers: own, kernels: kernels.within(own), readback, destroy: () => own.destroyAll() };
}

type WhichAdapter = Pick<GPUAdapterInfo, "vendor" | "architecture" | "device" | "description" | "isFallbackAdapter">;

/** What an adapter says of itself: nothing before Chrome 127, but whether it is a fallback. */
function infoOf(adapter: GPUAdapter): WhichAdapter {
  const { info, isFallbackAdapter = false } = adapter as { info?: GPUAdapterInfo; isFallbackAdapter?: boolean };
  return info ?? { vendor: "", architecture: "", device: "", description: "", isFallbackAdapter };
}

function summarise(info: WhichAdapter, { features }: GPUAdapter): AdapterSummary {
  const text = `${info.vendor} ${info.architecture} ${info.device} ${info.description}`.toLowerCase();
  return {
    vendor: info.vendor,
    architecture: info.architecture,
    description: info.description,
    software: info.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|basic render|warp/.test(text),
    features: [...features].sort(),
  };
}

/**
 * Runs GPU work inside validation and out-of-memory error scopes.
 * @throws GpuError "out-of-memory" or "validation" when the scope caught one
 */
export async function guarded<T>(device: GPUDevice, what: string, work: () => T | Promise<T>): Promise<T> {
  device.pushErrorScope("out-of-memory");
  device.pushErrorScope("validation");
  const outcome = await Promise.resolve()
    .then(work)
    .then(
      (value) => ({ ok: true as const, value }),
      (error: unknown) => ({ ok: false as const, error }),
    );
  const validation = await device.popErrorScope();
  const memory = await device.popErrorScope();
  // A GPU error explains whatever the work threw, so it comes first.
  if (memory) throw outOfMemory(what);
  if (validation) throw new GpuError("validation", `${what}: ${validation.message}`);
  if (!outcome.ok) throw outcome.error;
  return outcome.value;
}
