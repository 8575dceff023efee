import type { BufferLedger } from "./buffers.ts";

/**
 * Copies GPU buffers back to the CPU through a staging buffer that is kept and grown, so that reading every frame
 * allocates nothing. Reads are queued: one staging buffer can be mapped by one reader at a time.
 */
export class Readback {
  readonly #ledger: BufferLedger;
  #staging: GPUBuffer | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(ledger: BufferLedger) {
    this.#ledger = ledger;
  }

  /**
   * The first `bytes` of each buffer as float32, in the order given, in one copy and one map.
   * Waits for all work submitted so far.
   */
  async readAll(parts: readonly { readonly buffer: GPUBuffer; readonly bytes: number }[]): Promise<Float32Array[]> {
    const read = this.#last.then(() => this.#read(parts));
    this.#last = read.catch(() => {});
    return read;
  }

  /** The first `bytes` of one buffer as float32. */
  async read(buffer: GPUBuffer, bytes = buffer.size): Promise<Float32Array> {
    const [data] = await this.readAll([{ buffer, bytes }]);
    return data;
  }

  destroy(): void {
    if (this.#staging) this.#ledger.destroy(this.#staging);
    this.#staging = undefined;
  }

  async #read(parts: readonly { readonly buffer: GPUBuffer; readonly bytes: number }[]): Promise<Float32Array[]> {
    const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
    const staging = this.#stagingFor(total);
    const { device } = this.#ledger;
    const encoder = device.createCommandEncoder({ label: "readback" });
    let offset = 0;
    for (const { buffer, bytes } of parts) {
      encoder.copyBufferToBuffer(buffer, 0, staging, offset, bytes);
      offset += bytes;
    }
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ, 0, total);
    const copy = staging.getMappedRange(0, total).slice(0);
    staging.unmap();
    offset = 0;
    return parts.map(({ bytes }) => {
      const data = new Float32Array(copy, offset, bytes / 4);
      offset += bytes;
      return data;
    });
  }

  #stagingFor(bytes: number): GPUBuffer {
    if (this.#staging && this.#staging.size >= bytes) return this.#staging;
    this.destroy();
    const size = 2 ** Math.ceil(Math.log2(Math.max(1024, bytes)));
    this.#staging = this.#ledger.create("readback staging", size, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
    return this.#staging;
  }
}
