import type { BufferLedger } from "./buffers.ts";
import { outOfMemory } from "./errors.ts";

/** Bytes of a staging buffer at the most, WebGPU's default for any buffer: a student's whole state is several times as large. */
const MOST_BYTES = 2 ** 28;

interface Part {
  readonly buffer: GPUBuffer;
  readonly bytes: number;
}

/** A stretch of a part, in bytes. */
interface Stretch {
  readonly part: number;
  readonly from: number;
  readonly bytes: number;
}

/** Parts cut into pieces of `most` bytes, the last with what is left. */
function piecesOf(parts: readonly Part[], most: number): Stretch[][] {
  const pieces: Stretch[][] = [];
  let room = 0;
  for (const [part, { bytes: length }] of parts.entries()) {
    for (let from = 0; from < length; ) {
      if (room === 0) {
        pieces.push([]);
        room = most;
      }
      const bytes = Math.min(length - from, room);
      pieces[pieces.length - 1].push({ part, from, bytes });
      from += bytes;
      room -= bytes;
    }
  }
  return pieces;
}

/**
 * Copies GPU buffers back to the CPU through a staging buffer that is kept and grown, so that reading every frame
 * makes no GPU buffer. Reads are queued: one staging buffer can be mapped by one reader at a time.
 */
export class Readback {
  readonly #ledger: BufferLedger;
  #staging: GPUBuffer | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(ledger: BufferLedger) {
    this.#ledger = ledger;
  }

  /**
   * The first `bytes` of each buffer as float32, in the order given, each in an array of its own. Waits for all work submitted
   * so far. What fits the staging buffer is read in one copy and one map; more is read piece by piece, and must not be written
   * until all of it is there.
   */
  async readAll(parts: readonly Part[]): Promise<Float32Array<ArrayBuffer>[]> {
    const read = this.#last.then(() => this.#read(parts));
    this.#last = read.catch(() => {});
    return read;
  }

  /** The first `bytes` of one buffer as float32. */
  async read(buffer: GPUBuffer, bytes = buffer.size): Promise<Float32Array<ArrayBuffer>> {
    const [data] = await this.readAll([{ buffer, bytes }]);
    return data;
  }

  destroy(): void {
    if (this.#staging) this.#ledger.destroy(this.#staging);
    this.#staging = undefined;
  }

  async #read(parts: readonly Part[]): Promise<Float32Array<ArrayBuffer>[]> {
    // Made before anything is mapped: where memory runs out here, no staging buffer stays mapped.
    const read = parts.map(({ bytes }) => new Float32Array(bytes / 4));
    for (const piece of piecesOf(parts, this.#most)) await this.#readPiece(parts, piece, read);
    return read;
  }

  async #readPiece(parts: readonly Part[], piece: readonly Stretch[], into: readonly Float32Array[]): Promise<void> {
    const total = piece.reduce((sum, { bytes }) => sum + bytes, 0);
    try {
      const { staging, failure } = this.#stagingFor(total);
      const { device } = this.#ledger;
      const encoder = device.createCommandEncoder({ label: "readback" });
      let offset = 0;
      for (const { part, from, bytes } of piece) {
        encoder.copyBufferToBuffer(parts[part].buffer, from, staging, offset, bytes);
        offset += bytes;
      }
      // Before anything is awaited: what is submitted from now on may write to the parts.
      device.queue.submit([encoder.finish()]);
      if (await failure) throw outOfMemory(`reading ${staging.size} bytes back`);
      await staging.mapAsync(GPUMapMode.READ, 0, total);
      const mapped = staging.getMappedRange(0, total);
      offset = 0;
      for (const { part, from, bytes } of piece) {
        into[part].set(new Float32Array(mapped, offset, bytes / 4), from / 4);
        offset += bytes;
      }
      staging.unmap();
    } catch (error) {
      // It may be mapped still, or have no memory behind it: smaller reads would take it as it is.
      this.destroy();
      throw error;
    }
  }

  /** Bytes of the staging buffer at the most, in whole floats. */
  get #most(): number {
    return 4 * Math.floor(Math.min(MOST_BYTES, this.#ledger.device.limits.maxBufferSize) / 4);
  }

  /**
   * The staging buffer, and what tells whether there was no memory for it.
   * @param bytes `#most` at the most
   */
  #stagingFor(bytes: number): { readonly staging: GPUBuffer; readonly failure: Promise<GPUError | null> | null } {
    if (this.#staging && this.#staging.size >= bytes) return { staging: this.#staging, failure: null };
    this.destroy();
    const size = Math.min(this.#most, 2 ** Math.ceil(Math.log2(Math.max(1024, bytes))));
    const { device } = this.#ledger;
    device.pushErrorScope("out-of-memory");
    const staging = this.#ledger.create("readback staging", size, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
    this.#staging = staging;
    return { staging, failure: device.popErrorScope() };
  }
}
