import type { Gpu } from "../../gpu/gpu.ts";

/** Lends buffers for what only lasts a step: the i-th holds at least `sizes[i]` bytes, and none is lent twice in one answer. */
export type Lend = (sizes: readonly number[]) => GPUBuffer[];

/** A run's part in the buffers. */
export interface Share {
  /** @throws GpuError "limits" for a buffer that the device cannot bind */
  readonly lend: Lend;
  /** The run is over. */
  letGo(): void;
  /** The run never began: what was made for it goes, which may have no memory behind it. */
  giveUp(): void;
}

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

  /** A run will borrow, until it lets go or gives up. */
  join(): Share {
    const made: GPUBuffer[] = [];
    this.#users++;
    return {
      lend: (sizes) => this.#lend(sizes, made),
      letGo: () => this.#leave(),
      giveUp: () => {
        this.#free(made);
        this.#leave();
      },
    };
  }

  #lend(sizes: readonly number[], made: GPUBuffer[]): GPUBuffer[] {
    const free = this.#buffers.slice();
    return sizes.map((bytes, i) => {
      // The smallest that is large enough, so that a larger one is left for who needs it.
      const fits = free.filter(({ size }) => size >= bytes).sort((a, b) => a.size - b.size);
      if (fits[0]) {
        free.splice(free.indexOf(fits[0]), 1);
        return fits[0];
      }
      const buffer = this.gpu.buffers.create(`shared activations ${i}`, bytes);
      this.#buffers.push(buffer);
      made.push(buffer);
      return buffer;
    });
  }

  #leave(): void {
    this.#users--;
    if (this.#users === 0) this.#free(this.#buffers);
  }

  #free(buffers: readonly GPUBuffer[]): void {
    for (const buffer of buffers) this.gpu.buffers.destroy(buffer);
    this.#buffers = this.#buffers.filter((one) => !buffers.includes(one));
  }
}
