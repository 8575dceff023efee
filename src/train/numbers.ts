import type { Gpu } from "../gpu/gpu.ts";

/** What a step says of itself. */
export interface StepNumbers {
  readonly step: number;
  readonly loss: number;
  readonly gradNorm: number;
  /** A loss or norm that was not finite; the parameters stay those of the step before the first bad one. */
  readonly bad: boolean;
  /** Wall clock that was its own: since it began, or since the step before it on this device, of whichever run. */
  readonly ms: number;
  /** What else the run wanted to know of the step. */
  readonly more: readonly number[];
}

interface Pending {
  readonly step: number;
  readonly slot: GPUBuffer;
  /** Its `ms`, once its numbers are there. */
  readonly mapped: Promise<number>;
}

const GUARD_BYTES = 16;

/** When the last numbers of a device came: it takes one step after the other, also of runs that take turns. */
const arrivals = new WeakMap<GPUDevice, number>();

/**
 * Brings a few numbers a step back without stalling the queue: each step copies them into the next of a few staging buffers,
 * which are read when they are ready. Only with all of them in use does a step wait for the oldest.
 */
export class NumbersRing {
  readonly #gpu: Gpu;
  readonly #more: GPUBuffer | undefined;
  readonly #free: GPUBuffer[];
  readonly #pending: Pending[] = [];
  #ready: StepNumbers[] = [];

  /** @param more floats that come back with every step's guard */
  constructor(gpu: Gpu, more?: GPUBuffer, slots = 4) {
    const bytes = GUARD_BYTES + (more?.size ?? 0);
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    this.#gpu = gpu;
    this.#more = more;
    this.#free = Array.from({ length: slots }, () => gpu.buffers.create("step numbers", bytes, usage));
  }

  /** Copies the guard of the step that was just submitted. Waits when every slot is in use. */
  async take(step: number, started: number, guard: GPUBuffer): Promise<void> {
    if (this.#free.length === 0) await this.#finishOldest();
    const slot = this.#free.pop();
    if (!slot) throw new Error("a ring of numbers has no slot");
    const { device } = this.#gpu;
    const encoder = device.createCommandEncoder({ label: "step numbers" });
    encoder.copyBufferToBuffer(guard, 0, slot, 0, GUARD_BYTES);
    if (this.#more) encoder.copyBufferToBuffer(this.#more, 0, slot, GUARD_BYTES, this.#more.size);
    device.queue.submit([encoder.finish()]);
    // Here, in the order in which they come: they may be collected in another.
    const mapped = slot.mapAsync(GPUMapMode.READ).then(() => {
      const now = performance.now();
      const ms = now - Math.max(started, arrivals.get(device) ?? 0);
      arrivals.set(device, now);
      return ms;
    });
    // The awaiter reports the error; this only avoids "unhandled rejection".
    mapped.catch(() => {});
    this.#pending.push({ step, slot, mapped });
  }

  /** The numbers that are there, in order; with `all` it waits for those on their way. */
  async collect(all: boolean): Promise<StepNumbers[]> {
    while (this.#pending.length > 0 && (all || (await settled(this.#pending[0].mapped)))) await this.#finishOldest();
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  async #finishOldest(): Promise<void> {
    const oldest = this.#pending.shift();
    if (!oldest) return;
    const { step, slot, mapped } = oldest;
    const ms = await mapped;
    const [gradNorm, , loss, bad, ...more] = new Float32Array(slot.getMappedRange().slice(0));
    slot.unmap();
    this.#free.push(slot);
    this.#ready.push({ step, loss, gradNorm, bad: bad !== 0, ms, more });
  }
}

/** Whether a promise has settled by now. */
const settled = (promise: Promise<unknown>): Promise<boolean> =>
  Promise.race([
    promise.then(
      () => true,
      () => true,
    ),
    Promise.resolve().then(() => false),
  ]);
