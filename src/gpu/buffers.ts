import { GpuError } from "./errors.ts";

/** What a storage buffer may be used for in this project; uniforms and staging buffers are made by their own owners. */
const STORAGE = () => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;

/**
 * Makes every buffer of a device and counts what is alive, so that "no memory growth" is a number and not a hope.
 * Whoever creates a buffer destroys it, through here.
 */
export class BufferLedger {
  readonly #alive = new Map<GPUBuffer, number>();
  #bytes = 0;
  #peak = 0;

  readonly #parent: BufferLedger | null;

  constructor(
    readonly device: GPUDevice,
    parent: BufferLedger | null = null,
  ) {
    this.#parent = parent;
  }

  /** A ledger of its own within this one, which counts its buffers too: `destroyAll` on it frees what was made through it. */
  scope(): BufferLedger {
    return new BufferLedger(this.device, this);
  }

  /** Bytes of all live buffers. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Most bytes that were ever live at once. */
  get peakBytes(): number {
    return this.#peak;
  }

  /** Number of live buffers. */
  get count(): number {
    return this.#alive.size;
  }

  /** Live buffers by label, largest first: what a leak report shows. */
  list(): { label: string; bytes: number }[] {
    return [...this.#alive]
      .map(([buffer, bytes]) => ({ label: buffer.label, bytes }))
      .sort((a, b) => b.bytes - a.bytes);
  }

  /**
   * A buffer of `bytes`, rounded up to a multiple of 4. `usage` defaults to storage with copies both ways.
   * @throws GpuError "limits" when the device cannot bind a buffer of that size
   */
  create(label: string, bytes: number, usage: GPUBufferUsageFlags = STORAGE()): GPUBuffer {
    const size = Math.max(4, Math.ceil(bytes / 4) * 4);
    const { maxBufferSize, maxStorageBufferBindingSize } = this.device.limits;
    const limit = usage & GPUBufferUsage.STORAGE ? Math.min(maxBufferSize, maxStorageBufferBindingSize) : maxBufferSize;
    if (size > limit) {
      throw new GpuError(
        "limits",
        `buffer "${label}" needs ${size} bytes, this GPU allows ${limit}: use fewer frames or larger tokens`,
      );
    }
    const buffer = this.#parent?.create(label, size, usage) ?? this.device.createBuffer({ label, size, usage });
    this.#alive.set(buffer, size);
    this.#bytes += size;
    this.#peak = Math.max(this.#peak, this.#bytes);
    return buffer;
  }

  /** A storage buffer holding a copy of `data`. */
  upload(label: string, data: Float32Array | Uint32Array | Int32Array): GPUBuffer {
    const buffer = this.create(label, data.byteLength);
    this.device.queue.writeBuffer(buffer, 0, data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    return buffer;
  }

  /** Destroys a buffer made here; a second call is harmless. */
  destroy(buffer: GPUBuffer): void {
    const bytes = this.#alive.get(buffer);
    if (bytes === undefined) return;
    this.#alive.delete(buffer);
    this.#bytes -= bytes;
    if (this.#parent) this.#parent.destroy(buffer);
    else buffer.destroy();
  }

  /** Destroys everything that is still alive. */
  destroyAll(): void {
    for (const buffer of [...this.#alive.keys()]) this.destroy(buffer);
  }
}
