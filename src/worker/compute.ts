import type { CorrespondenceEngine } from "../alignment/correspondence/correspondence.ts";
import { CpuCorrespondence } from "../alignment/correspondence/cpu.ts";
import { GpuCorrespondence } from "../alignment/correspondence/gpu.ts";
import { Models } from "../encoders/models.ts";
import { GpuError } from "../gpu/errors.ts";
import { createGpu, type Gpu } from "../gpu/gpu.ts";
import { BadRequest, type FailureContext, toFailure } from "./failures.ts";
import type { BootRequest, ComputeInfo, Failure, Forgotten, Request, WorkerEvent } from "./protocol.ts";

export interface ComputeOptions {
  emit(event: WorkerEvent): void;
  /** A device was lost: `settle` should run as soon as nothing else does. */
  lost(): void;
  /**
   * Puts what was on the device before onto the current one.
   * @param forgotten gets what could not be
   * @throws where the current device is lost, too
   */
  restore(forgotten: Forgotten[]): Promise<void>;
  createGpu?: () => Promise<Gpu>;
}

/** A device lost twice within this time will be lost again; the CPU takes over. */
const SECOND_LOSS_MS = 60_000;
/** After a driver reset the browser may have no adapter for a moment. */
const ADAPTER_RETRY_MS = 1000;
/** Within this time after a failed call a browser has said that the device is lost, if it is. */
const LOSS_NOTICE_MS = 250;
const KEPT_ERRORS = 5;

/** The device, the engine on it and the models: what is lost with a device and made again. */
export class Compute {
  readonly models: Models;
  readonly #options: ComputeOptions;
  readonly #wasmThreads: number;
  #booted: { gpu: Gpu | null; engine: CorrespondenceEngine; info: ComputeInfo } | null = null;
  /** The device that was lost and not yet replaced. */
  #lost: { gpu: Gpu; reason: string } | null = null;
  #lastLossMs = Number.NEGATIVE_INFINITY;
  readonly #uncaptured: string[] = [];

  constructor(options: ComputeOptions) {
    this.#options = options;
    // More than four threads did not speed up models of this size; without isolation there is no shared memory for them.
    this.#wasmThreads = crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, 4) : 1;
    this.models = new Models({ wasmThreads: this.#wasmThreads });
  }

  get gpu(): Gpu | null {
    return this.#booted?.gpu ?? null;
  }

  /** @throws BadRequest before boot */
  get engine(): CorrespondenceEngine {
    if (!this.#booted) throw new BadRequest("got a request before boot: send boot first");
    return this.#booted.engine;
  }

  /** Finds the adapter; where there is none, the CPU. A second boot starts again with the clip that is open. */
  async boot({ backend }: BootRequest): Promise<ComputeInfo> {
    const again = this.#booted !== null;
    this.#retire();
    // The user who asks again gets the same chance as at first.
    this.#lastLossMs = Number.NEGATIVE_INFINITY;
    const info =
      backend === "cpu" ? this.#startCpu(null) : await this.#startGpu().catch((e) => this.#startCpu(this.failure(e)));
    if (again) {
      const forgotten: Forgotten[] = [];
      await this.#options.restore(forgotten);
      this.#options.emit({ type: "device-restored", info, forgotten });
    }
    return info;
  }

  /** An error as the page shows it, with this machine in the report. */
  failure(error: unknown, request: Request | null = null): Failure {
    const context: FailureContext = {
      request,
      adapter: this.gpu?.adapter ?? null,
      uncaptured: this.#uncaptured,
    };
    return toFailure(error, context);
  }

  /** Whether `gpu` is lost; waits a moment, because a call fails before the loss is told. */
  async isLost(gpu: Gpu | null): Promise<boolean> {
    if (!gpu) return false;
    const notice = gpu.device.lost.then(() => true);
    return Promise.race([notice, new Promise<boolean>((done) => setTimeout(() => done(false), LOSS_NOTICE_MS))]);
  }

  /** Destroys the device as a driver reset would. The recovery starts when the browser tells of the loss. */
  loseDevice(): void {
    if (!this.gpu) throw new BadRequest("there is no GPU device to lose: the worker computes on the CPU");
    this.gpu.device.destroy();
  }

  /**
   * Replaces a lost device, or falls back to the CPU, and puts onto it what was on the one before. Does nothing when none is lost. Only
   * between two jobs: in the pause of one, that would go on with what it holds of the device before.
   */
  async settle(): Promise<void> {
    // Also what a device could not take that is lost by now: the next one was not asked.
    const forgotten: Forgotten[] = [];
    while (this.#lost) {
      const { reason } = this.#lost;
      this.#lost = null;
      const now = performance.now();
      const again = now - this.#lastLossMs < SECOND_LOSS_MS;
      this.#lastLossMs = now;
      this.#retire();
      const gone = (cause: unknown) =>
        new GpuError(
          "device-lost",
          `the GPU was lost (${reason}): the CPU goes on, more slowly; reload to try the GPU again`,
          {
            cause,
          },
        );
      try {
        if (again) throw new Error("lost twice within a minute");
        const info = await this.#startGpu().catch(async () => {
          await new Promise((done) => setTimeout(done, ADAPTER_RETRY_MS));
          return this.#startGpu();
        });
        await this.#options.restore(forgotten);
        if (!this.#lost) this.#options.emit({ type: "device-restored", info, forgotten });
      } catch (error) {
        if (this.#lost || (await this.isLost(this.gpu))) continue;
        this.#retire();
        const failure = this.failure(gone(error));
        const info = this.#startCpu(failure);
        await this.#options.restore(forgotten);
        this.#options.emit({ type: "device-gone", failure, info, forgotten });
      }
    }
  }

  async #startGpu(): Promise<ComputeInfo> {
    const gpu = await (this.#options.createGpu ?? createGpu)();
    gpu.device.addEventListener("uncapturederror", ({ error }) => {
      this.#uncaptured.push(error.message);
      this.#uncaptured.splice(0, this.#uncaptured.length - KEPT_ERRORS);
    });
    const info: ComputeInfo = {
      backend: "webgpu",
      adapter: gpu.adapter,
      failure: null,
      wasmThreads: this.#wasmThreads,
    };
    this.#booted = { gpu, engine: new GpuCorrespondence(gpu), info };
    void gpu.device.lost.then(({ reason, message }) => {
      // One that was replaced on purpose is no loss.
      if (this.#booted?.gpu !== gpu) return;
      const why = message || reason;
      this.#lost = { gpu, reason: why };
      this.#options.emit({ type: "device-lost", reason: why });
      this.#options.lost();
    });
    return info;
  }

  #startCpu(failure: Failure | null): ComputeInfo {
    const info: ComputeInfo = { backend: "cpu", adapter: null, failure, wasmThreads: this.#wasmThreads };
    this.#booted = { gpu: null, engine: new CpuCorrespondence(), info };
    return info;
  }

  /** Lets go of the present device and of what belongs to it; harmless on a lost one. */
  #retire(): void {
    const old = this.#booted;
    this.#booted = null;
    old?.engine.destroy();
    if (!old?.gpu) return;
    this.models.forget(old.gpu.device);
    old.gpu.destroy();
  }
}
