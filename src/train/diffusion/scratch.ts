import type { Gpu } from "../../gpu/gpu.ts";

/** Lends buffers for what only lasts a step: the i-th holds at least `sizes[i]` bytes, and none is lent twice in one answer. */
export type Lend = (sizes: readonly number[]) => GPUBuffer[];

/**
 * Buffers that the runs of a device work in, one run at a time: nothing in them outlives a step, so two arms that take steps in turn
 * need them once. The last run that lets go frees them.
 */
export class SharedScratch {
  readonly gpu: Gpu;
  #buffers: GPUBuffer[] = [];
  #users = 0;

  constructor(gpu: Gpu) {
    this.gpu = gpu;
  }

  /** A run will borrow, until it lets go. */
  join(): void {
    this.#users++;
  }

  /** @throws GpuError "limits" for a buffer that the device cannot bind */
  readonly lend: Lend = (sizes) => {
    const free = this.#buffers.slice();
    return sizes.map((bytes, i) => {
      // The smallest that is large enough, so that a larger one is left for who needs it.
      const fits = free.filter(({ size }) => size >= bytes).sort((a, b) => a.size - b.size);
      const buffer = fits[0] ?? this.#make(i, bytes);
      if (fits[0]) free.splice(free.indexOf(buffer), 1);
      return buffer;
    });
  };

  /** A run that joined is over. */
  letGo(): void {
    this.#users--;
    if (this.#users > 0) return;
    for (const buffer of this.#buffers) this.gpu.buffers.destroy(buffer);
    this.#buffers = [];
  }

  #make(i: number, bytes: number): GPUBuffer {
    const buffer = this.gpu.buffers.create(`shared activations ${i}`, bytes);
    this.#buffers.push(buffer);
    return buffer;
  }
}
