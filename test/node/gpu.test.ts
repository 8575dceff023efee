// The GPU layer in Node, on devices that compute nothing: what it does where memory ends, and in browsers that say less.
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { createGpu, wrapDevice } from "../../src/gpu/gpu.ts";

beforeEach(() => {
  vi.stubGlobal("GPUBufferUsage", { STORAGE: 128, COPY_SRC: 4, COPY_DST: 8, MAP_READ: 1 });
  vi.stubGlobal("GPUMapMode", { READ: 1 });
});
afterAll(() => vi.unstubAllGlobals());

/** A device with memory for buffers of `most` bytes; `maps` is what mapping one waits for. */
function deviceOf(most: number, maps = async () => {}) {
  const scopes: (Error | null)[] = [];
  const createBuffer = ({ label, size }: GPUBufferDescriptor) => {
    const valid = size <= most;
    if (!valid) scopes[scopes.length - 1] = new Error("no memory");
    return {
      label,
      size,
      async mapAsync() {
        if (!valid) throw new DOMException("the buffer is invalid", "OperationError");
        await maps();
      },
      getMappedRange: (from: number, bytes: number) => new ArrayBuffer(size).slice(from, from + bytes),
      unmap() {},
      destroy() {},
    };
  };
  const device = {
    limits: { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 28 },
    queue: { submit() {}, writeBuffer() {} },
    createBuffer,
    createCommandEncoder: () => ({ copyBufferToBuffer() {}, finish() {} }),
    pushErrorScope: () => void scopes.push(null),
    popErrorScope: async () => scopes.pop() ?? null,
  };
  return device as unknown as GPUDevice;
}

const ADAPTER = { vendor: "", architecture: "", description: "", software: false, features: [] };

test("a read without memory says so, and the smaller ones after it are read", async () => {
  const { readback, buffers } = wrapDevice(deviceOf(4096), ADAPTER);
  const source = {} as GPUBuffer;
  expect(await readback.read(source, 2048)).toHaveLength(512);
  await expect(readback.read(source, 8192)).rejects.toMatchObject({
    code: "out-of-memory",
    message: "reading 8192 bytes back: the GPU is out of memory; use fewer frames or larger tokens",
  });
  expect(buffers.count).toBe(0);
  expect(await readback.read(source, 2048)).toHaveLength(512);
});

test("a buffer that could not be mapped is not used again", async () => {
  let fails = true;
  const maps = async () => {
    if (fails) throw new DOMException("lost", "OperationError");
  };
  const { readback, buffers } = wrapDevice(deviceOf(4096, maps), ADAPTER);
  await expect(readback.read({} as GPUBuffer, 2048)).rejects.toThrow("lost");
  expect(buffers.count).toBe(0);
  fails = false;
  expect(await readback.read({} as GPUBuffer, 1024)).toHaveLength(256);
});

test("a browser in which adapters say nothing of themselves computes on its GPU", async () => {
  const device = deviceOf(4096);
  const asked = (adapter: object) =>
    createGpu({
      requestAdapter: async () => ({
        limits: { maxComputeInvocationsPerWorkgroup: 256 },
        features: new Set(["shader-f16"]),
        requestDevice: async () => device,
        ...adapter,
      }),
    } as unknown as GPU);
  const { adapter } = await asked({ isFallbackAdapter: false });
  expect(adapter).toEqual({ ...ADAPTER, features: ["shader-f16"] });
  // What onnxruntime reads of the device that it is given.
  expect(device.adapterInfo).toMatchObject({ vendor: "", description: "" });
  expect((await asked({ isFallbackAdapter: true })).adapter.software).toBe(true);
  const info = { vendor: "google", architecture: "swiftshader", device: "", description: "" };
  expect((await asked({ info })).adapter).toMatchObject({ vendor: "google", software: true });
});
