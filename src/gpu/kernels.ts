import type { BufferLedger } from "./buffers.ts";
import { GpuError } from "./errors.ts";
import type { KernelSpec, Scalar } from "./kernel.ts";
import { bindingOf, type Place } from "./places.ts";

/** Workgroups to launch in x, y and z. */
export type Dispatch = readonly [x: number, y?: number, z?: number];

export interface BindOptions<B extends string, P extends string, K extends string> {
  /** Whole buffers, or parts of them that start at multiples of 256 bytes. */
  readonly buffers: Readonly<Record<B, Place>>;
  readonly params: Readonly<Record<P, number>>;
  readonly grid: Dispatch;
  /** Overrides of the spec's constants: tile and workgroup sizes. */
  readonly constants?: Readonly<Partial<Record<K, number>>>;
}

/** A kernel with its buffers and parameters in place: bind once, record in every step. */
export interface BoundKernel<P extends string = string> {
  readonly name: string;
  /** Encodes one dispatch into the caller's compute pass. */
  record(pass: GPUComputePassEncoder): void;
  /** Changes parameters for all submits after this call; those already submitted keep the old values. */
  setParams(params: Partial<Record<P, number>>): void;
  /** Changes the number of workgroups for the records after this call. */
  setGrid(grid: Dispatch): void;
  /** Frees the uniform block; the buffers belong to whoever made them. */
  destroy(): void;
}

interface Compiled {
  readonly layout: GPUBindGroupLayout;
  readonly pipeline: GPUComputePipeline;
}

/** Compiles kernels once per (spec, constants) and binds them to buffers. */
export class KernelBinder {
  readonly #cache: Map<string, Promise<Compiled>>;

  constructor(
    readonly device: GPUDevice,
    readonly buffers: BufferLedger,
    cache = new Map<string, Promise<Compiled>>(),
  ) {
    this.#cache = cache;
  }

  /** Shares what is compiled; the parameters of what it binds are kept in another ledger. */
  within(buffers: BufferLedger): KernelBinder {
    return new KernelBinder(this.device, buffers, this.#cache);
  }

  /**
   * @throws GpuError "compile" with file, line, column and source line when the WGSL does not compile
   * @throws RangeError when a parameter is not a finite number of its type, or the grid exceeds the device's limit
   */
  async bind<B extends string, P extends string, K extends string>(
    spec: KernelSpec<B, P, K>,
    options: BindOptions<B, P, K>,
  ): Promise<BoundKernel<P>> {
    const values = { ...options.params };
    let grid = checkGrid(spec.name, options.grid, this.device.limits.maxComputeWorkgroupsPerDimension);
    const block = packParams(spec, values);
    const { layout, pipeline } = await this.#compiled(spec, options.constants);

    const uniform = this.buffers.create(
      `${spec.name} params`,
      Math.max(16, block.byteLength),
      GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    );
    const { device, buffers } = this;
    device.queue.writeBuffer(uniform, 0, block);
    const names = Object.keys(spec.bindings) as B[];
    const { paramsBinding } = spec;
    const bindGroup = device.createBindGroup({
      label: spec.name,
      layout,
      entries: [
        ...names.map((name) => ({
          binding: spec.bindings[name].binding,
          resource: bindingOf(options.buffers[name]),
        })),
        ...(paramsBinding === null ? [] : [{ binding: paramsBinding, resource: { buffer: uniform } }]),
      ],
    });

    return {
      name: spec.name,
      record(pass) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bindGroup);
        pass.dispatchWorkgroups(...grid);
      },
      setParams(changed) {
        Object.assign(values, changed);
        device.queue.writeBuffer(uniform, 0, packParams(spec, values));
      },
      setGrid(next) {
        grid = checkGrid(spec.name, next, device.limits.maxComputeWorkgroupsPerDimension);
      },
      destroy: () => buffers.destroy(uniform),
    };
  }

  #compiled(spec: KernelSpec, overrides: Readonly<Partial<Record<string, number>>> = {}): Promise<Compiled> {
    const constants: Record<string, number> = { ...spec.constants };
    for (const [name, value] of Object.entries(overrides)) {
      if (!(name in constants)) throw new RangeError(`${spec.name} has no constant "${name}"`);
      if (value !== undefined) constants[name] = value;
    }
    const key = `${spec.name} ${JSON.stringify(constants)}`;
    const cached = this.#cache.get(key);
    if (cached) return cached;
    const compiled = this.#compile(spec, constants);
    this.#cache.set(key, compiled);
    // A failed compile must not be remembered: the next attempt may run on a recovered device.
    compiled.catch(() => this.#cache.delete(key));
    return compiled;
  }

  async #compile(spec: KernelSpec, constants: Record<string, number>): Promise<Compiled> {
    const { device } = this;
    const module = device.createShaderModule({ label: spec.name, code: spec.source });
    const info = await module.getCompilationInfo();
    const error = info.messages.find(({ type }) => type === "error");
    if (error) {
      const line = spec.source.split("\n")[error.lineNum - 1] ?? "";
      const where = `${spec.name}:${error.lineNum}:${error.linePos}`;
      throw new GpuError("compile", `${where}: ${error.message}\n  ${line}`);
    }
    const visibility = GPUShaderStage.COMPUTE;
    const entries: GPUBindGroupLayoutEntry[] = Object.values(spec.bindings).map(({ binding, access }) => ({
      binding,
      visibility,
      buffer: { type: access === "read" ? "read-only-storage" : "storage" },
    }));
    const { paramsBinding: binding } = spec;
    if (binding !== null) entries.push({ binding, visibility, buffer: { type: "uniform" } });
    const layout = device.createBindGroupLayout({ label: spec.name, entries });
    try {
      const pipeline = await device.createComputePipelineAsync({
        label: spec.name,
        layout: device.createPipelineLayout({ label: spec.name, bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: spec.entry, constants },
      });
      return { layout, pipeline };
    } catch (cause) {
      throw new GpuError("compile", `${spec.name} with ${JSON.stringify(constants)}: ${String(cause)}`, { cause });
    }
  }
}

const RANGES: Record<Scalar, readonly [number, number]> = {
  u32: [0, 2 ** 32 - 1],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  f32: [-3.4028234663852886e38, 3.4028234663852886e38],
};

/** Lays the parameters out as the uniform block, field i at byte 4i, after checking each value against its type. */
function packParams(spec: KernelSpec, values: Readonly<Record<string, number>>): ArrayBuffer {
  const fields = Object.entries(spec.params);
  const block = new DataView(new ArrayBuffer(Math.ceil(Math.max(1, fields.length) / 4) * 16));
  fields.forEach(([name, type], i) => {
    const value = values[name];
    const [low, high] = RANGES[type];
    const whole = type === "f32" || Number.isInteger(value);
    if (!(Number.isFinite(value) && whole && value >= low && value <= high)) {
      throw new RangeError(`${spec.name}: parameter "${name}" must be a finite ${type}, got ${value}`);
    }
    if (type === "f32") block.setFloat32(4 * i, value, true);
    else if (type === "u32") block.setUint32(4 * i, value, true);
    else block.setInt32(4 * i, value, true);
  });
  return block.buffer as ArrayBuffer;
}

function checkGrid(name: string, grid: Dispatch, limit: number): [number, number, number] {
  const [x, y = 1, z = 1] = grid;
  for (const size of [x, y, z]) {
    if (!(Number.isInteger(size) && size >= 0 && size <= limit)) {
      throw new RangeError(`${name}: a grid dimension must be a whole number from 0 to ${limit}, got ${size}`);
    }
  }
  return [x, y, z];
}

/** The most rows one grid dimension may hold: WebGPU's default limit, the same on every adapter. */
export const MAX_DIMENSION = 65535;

/** Workgroups of the usual 64 threads that cover `size` of them. */
export const groups = (size: number): number => Math.ceil(size / 64);

/** Lays `rows` workgroups over x and y, or other two; the kernel takes `group.y * groups.x + group.x` and ignores the overhang. */
export function foldRows(rows: number): readonly [x: number, y: number] {
  const y = Math.max(1, Math.ceil(rows / MAX_DIMENSION));
  return [Math.ceil(rows / y), y];
}
