// The GPU layer itself: what it refuses, what it says, what it counts. No kernel of the product is involved.
import { describe, expect, test } from "vitest";
import { kernelsOf } from "../../scripts/lib/wgsl.mjs";
import { GpuError } from "../../src/gpu/errors.ts";
import { createGpu, type Gpu, guarded, wrapDevice } from "../../src/gpu/gpu.ts";
import type { KernelSpec } from "../../src/gpu/kernel.ts";
import { foldRows } from "../../src/gpu/kernels.ts";
import { Arena, ArenaLayout, STATES } from "../../src/nn/arena.ts";
import { withGpu } from "../support/gpu.ts";

const gpu = withGpu();

const SCALE = `
override WORKGROUP: u32 = 64;
struct Params { length: u32, factor: f32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < params.length) { y[id.x] = params.factor * x[id.x]; }
}`;

/** A kernel of a test's own, read as the build reads the WGSL files. */
const kernelOf = (source: string, name: string) =>
  ({ source, ...kernelsOf(source, name)[0] }) as KernelSpec<"x" | "y", "length" | "factor", "WORKGROUP">;

describe("binding", () => {
  const scale = kernelOf(SCALE, "test/scale.wgsl");

  test("records many times, and new parameters hold from then on", async () => {
    const g = gpu();
    const y = g.output(3);
    const kernel = await g.kernels.bind(scale, {
      buffers: { x: g.input(Float32Array.of(1, 2, 3)), y },
      params: { length: 3, factor: 2 },
      grid: [1],
    });
    g.run(kernel);
    expect([...(await g.readOutput(y, 3))]).toEqual([2, 4, 6]);
    kernel.setParams({ factor: -1 });
    g.run(kernel);
    expect([...(await g.readOutput(y, 3))]).toEqual([-1, -2, -3]);
  });

  test("parts of buffers, where they begin and end", async () => {
    const g = gpu();
    const x = Float32Array.from({ length: 70 }, (_, i) => i);
    const y = g.output(130);
    const kernel = await g.kernels.bind(scale, {
      buffers: { x: { buffer: g.input(x), offset: 256 }, y: { buffer: y, offset: 512, size: 8 } },
      params: { length: 6, factor: 2 },
      grid: [1],
    });
    g.run(kernel);
    // Only two of the six fit the part: the rest is clamped to it and never reaches what lies behind.
    const found = await g.readOutput(y, 130);
    expect(found[128]).toBe(128);
    expect(found.subarray(0, 128).every(Number.isNaN)).toBe(true);
  });

  test.each([
    [{ length: 3, factor: Number.NaN }, /"factor" must be a finite f32, got NaN/],
    [{ length: 1.5, factor: 1 }, /"length" must be a finite u32, got 1.5/],
    [{ length: -1, factor: 1 }, /"length" must be a finite u32, got -1/],
    [{ length: 3, factor: 1e39 }, /"factor" must be a finite f32, got 1e\+39/],
  ])("refuses parameters %j before any GPU call", async (params, sentence) => {
    const g = gpu();
    const buffers = { x: g.input(new Float32Array(3)), y: g.output(3) };
    await expect(g.kernels.bind(scale, { buffers, params, grid: [1] })).rejects.toThrow(sentence);
  });

  test("refuses a grid beyond the device's limit, and foldRows stays within it", async () => {
    const g = gpu();
    const buffers = { x: g.input(new Float32Array(3)), y: g.output(3) };
    const params = { length: 3, factor: 1 };
    await expect(g.kernels.bind(scale, { buffers, params, grid: [65536] })).rejects.toThrow(/0 to 65535, got 65536/);
    const [x, y = 1] = foldRows(200_000);
    expect(x * y).toBeGreaterThanOrEqual(200_000);
    expect(Math.max(x, y)).toBeLessThanOrEqual(65535);
  });

  test("a compile error names file, line, column and source line, and is not remembered", async () => {
    const g = gpu();
    const broken = kernelOf(SCALE.replace("params.factor *", "params.factor +* "), "test/broken.wgsl");
    const options = {
      buffers: { x: g.input(new Float32Array(3)), y: g.output(3) },
      params: { length: 3, factor: 1 },
      grid: [1],
    } as const;
    g.device.pushErrorScope("validation");
    const first = await g.kernels.bind(broken, options).catch((error: unknown) => error);
    expect(first).toBeInstanceOf(GpuError);
    expect(String(first)).toMatch(/test\/broken\.wgsl:9:\d+: [\s\S]*y\[id\.x\] = params\.factor \+\*/);
    // Not remembered: it is compiled again, and says so again.
    await expect(g.kernels.bind(broken, options)).rejects.toThrow(/broken\.wgsl:9/);
    await g.device.popErrorScope();
  });
});

describe("the ledger", () => {
  test("counts what is alive, and a second destroy is harmless", () => {
    const { buffers } = gpu();
    const before = { bytes: buffers.bytes, count: buffers.count };
    const made = buffers.create("counted", 10);
    expect(buffers.bytes - before.bytes).toBe(12);
    expect(buffers.list().some(({ label, bytes }) => label === "counted" && bytes === 12)).toBe(true);
    buffers.destroy(made);
    buffers.destroy(made);
    expect({ bytes: buffers.bytes, count: buffers.count }).toEqual(before);
    expect(buffers.peakBytes).toBeGreaterThanOrEqual(before.bytes + 12);
  });

  test("a buffer beyond the limits is refused with both sizes and the remedy", () => {
    const { buffers, device } = gpu();
    const limit = Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize);
    expect(() => buffers.create("huge", limit + 4)).toThrow(
      new RegExp(`needs ${limit + 4} bytes, this GPU allows ${limit}: use fewer`),
    );
  });
});

describe("reading back on a device of small buffers", () => {
  /** The device as if it had no buffer of more than `bytes`, and how many copies were submitted. */
  function small({ device, adapter }: Gpu, bytes: number) {
    let copies = 0;
    const limited = {
      limits: { maxBufferSize: bytes, maxStorageBufferBindingSize: bytes },
      queue: device.queue,
      pushErrorScope: (filter: GPUErrorFilter) => device.pushErrorScope(filter),
      popErrorScope: () => device.popErrorScope(),
      createBuffer: (descriptor: GPUBufferDescriptor) => device.createBuffer(descriptor),
      createCommandEncoder: () => {
        copies++;
        return device.createCommandEncoder();
      },
    };
    return { gpu: wrapDevice(limited as unknown as GPUDevice, adapter), copies: () => copies };
  }
  const counted = (length: number, from: number) => Float32Array.from({ length }, (_, i) => from + i);

  test("what is larger than a buffer comes piece by piece, what fits in one copy", async () => {
    const g = gpu();
    const { gpu: limited, copies } = small(g, 1100);
    const parts = [counted(3, 1), counted(700, 100), counted(2, 2000)];
    const read = (some: readonly Float32Array[]) =>
      limited.readback.readAll(some.map((data) => ({ buffer: g.input(data), bytes: data.byteLength })));
    expect(await read([parts[0], parts[2]])).toEqual([parts[0], parts[2]]);
    expect(copies()).toBe(1);
    // 2820 bytes.
    expect(await read(parts)).toEqual(parts);
    expect(copies()).toBe(1 + 3);
    expect(limited.buffers.list()).toEqual([{ label: "readback staging", bytes: 1100 }]);
    limited.buffers.destroyAll();
  });

  test("an arena that just fits can be read, and so saved", async () => {
    const layout = new ArenaLayout([{ name: "w", shape: [600], layout: "plain" }], () => "all");
    const { gpu: limited } = small(gpu(), 4 * layout.length);
    const arena = new Arena(limited, layout);
    const [parameters, m, v, ema] = STATES.map((_, i) => counted(layout.length, 1000 * i));
    arena.write({ parameters, m, v, ema });
    expect(await arena.read()).toEqual({ parameters, m, v, ema });
    limited.buffers.destroyAll();
  });
});

describe("devices that cannot be had", () => {
  const adapter = (invocations: number) =>
    ({
      requestAdapter: async () => ({ limits: { maxComputeInvocationsPerWorkgroup: invocations } }),
    }) as unknown as GPU;

  test.each([
    ["no-webgpu", () => createGpu(null as unknown as GPU), /no WebGPU: use Chrome/],
    ["no-adapter", () => createGpu({ requestAdapter: async () => null } as unknown as GPU), /hardware acceleration/],
    ["limits", () => createGpu(adapter(128)), /runs 128 invocations a workgroup, 256 are needed/],
  ])("%s", async (code, make, sentence) => {
    const error = await make().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(GpuError);
    expect((error as GpuError).code).toBe(code);
    expect((error as GpuError).message).toMatch(sentence);
  });
});

describe("guarded", () => {
  test("turns a validation error into an exception that names the work", async () => {
    const { device } = gpu();
    const invalid = () => {
      device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE });
    };
    await expect(guarded(device, "a bad buffer", invalid)).rejects.toThrow(/^a bad buffer: /);
  });

  test("hands on results, and errors of the work itself", async () => {
    const { device } = gpu();
    expect(await guarded(device, "fine", () => 7)).toBe(7);
    await expect(guarded(device, "throws", () => Promise.reject(new RangeError("mine")))).rejects.toThrow("mine");
  });
});
