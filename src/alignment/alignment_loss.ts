import type { Gpu } from "../gpu/gpu.ts";
import { batchMean } from "../kernels/batch_mean.ts";
import { normalizeTokens } from "../kernels/normalize_tokens.ts";
import { normalizeTokensBackward } from "../kernels/normalize_tokens_backward.ts";
import { repa } from "../kernels/repa.ts";
import { createLossBuffers, type LossBuffers } from "./loss_buffers.ts";
import {
  checkLossConfig,
  checkLossParams,
  LOSS_DEFAULTS,
  type LossConfig,
  type LossKind,
  type LossParams,
  type LossShape,
} from "./loss_config.ts";
import { ceil4, type LossPlan, planLoss } from "./loss_plan.ts";
import { encodeOperations, groups, type Operation } from "./operations.ts";
import { maskFromMotion, packQueries } from "./queries.ts";
import { createRectangle, type Rectangle } from "./rectangle.ts";

/** Rows shorter than this are divided by it instead of their norm (METHOD.md section 2). */
const EPS = 1e-6;

/** FLOP of about half a second: software adapters make 3 GFLOP/s here, the slowest real GPU of note some 100. */
const CHUNK_FLOP = { software: 1.5e9, hardware: 5e10 };

/** A part of a step that fits one submit of less than about a second. */
export interface Chunk {
  readonly flop: number;
  readonly operations: readonly Operation[];
  record(encoder: GPUCommandEncoder): void;
}

/**
 * One alignment loss on a batch of clips, forward and backward. Bind once, then for every step record it into a command
 * encoder; nothing is allocated in a step. The owner of `teacher` and `student` keeps them; the outputs belong to the loss.
 *
 * ```ts
 * const loss = await AlignmentLoss.create(gpu, { kind: "tsa", shape, teacher, student });
 * loss.record(encoder);            // teacher statistics (when stale), loss, per-token map and gradient
 * loss.setParams({ tau: 0.05 });   // holds from the next record on
 * loss.setTeacher();               // the teacher buffer has new features
 * ```
 */
export class AlignmentLoss {
  readonly #gpu: Gpu;
  readonly #buffers: LossBuffers;
  readonly #parts: Parts;
  readonly #chunkFlop: number;
  readonly #kind: LossKind;
  #params: LossParams;
  readonly #maxRho: number;
  #motion: ArrayLike<number> | undefined;
  #hasQueries: boolean;
  /** What the next record must do on the teacher's side first. */
  #stale: "features" | "statistics" | undefined = "features";

  readonly shape: LossShape;
  readonly plan: LossPlan;

  /**
   * Checks the configuration, allocates and compiles.
   * @throws RangeError with both values and the remedy when the configuration is wrong
   */
  static async create(gpu: Gpu, config: LossConfig): Promise<AlignmentLoss> {
    checkLossConfig(config);
    const { maxBufferSize, maxStorageBufferBindingSize } = gpu.device.limits;
    const plan = planLoss(config, Math.min(maxBufferSize, maxStorageBufferBindingSize));
    const {
      tau,
      rho,
      margin,
      chunkFlop = gpu.adapter.software ? CHUNK_FLOP.software : CHUNK_FLOP.hardware,
    } = {
      ...LOSS_DEFAULTS,
      ...config,
    };
    const params = { tau, rho, margin };
    const buffers = createLossBuffers(gpu, config, plan);
    try {
      const parts = await createParts(gpu, config, plan, buffers, params, chunkFlop);
      return new AlignmentLoss(gpu, config, plan, buffers, parts, params, chunkFlop);
    } catch (error) {
      buffers.destroy();
      throw error;
    }
  }

  private constructor(
    gpu: Gpu,
    config: LossConfig,
    plan: LossPlan,
    buffers: LossBuffers,
    parts: Parts,
    params: LossParams,
    chunkFlop: number,
  ) {
    this.#gpu = gpu;
    this.#buffers = buffers;
    this.#parts = parts;
    this.#params = params;
    this.#chunkFlop = chunkFlop;
    this.#kind = config.kind;
    this.#maxRho = config.maxRho ?? params.rho;
    this.shape = config.shape;
    this.plan = plan;
    this.#hasQueries = config.kind !== "mtsa";
    if (this.#hasQueries) this.#writeQueries();
    if (config.mask) this.setMask(config.mask);
    if (config.motion) this.setMotion(config.motion);
  }

  /** The loss [1], the mean over the clips of the batch. */
  get loss(): GPUBuffer {
    return this.#buffers.loss;
  }

  /** What each token contributes as a query [B, N]: Σ_f KL; trd: its mean over keys; repa: −cosine. 0 outside the mask. */
  get perToken(): GPUBuffer {
    return this.#buffers.perToken;
  }

  /** Gradient of the loss with respect to the raw student features [B, N, Cs]. */
  get dStudent(): GPUBuffer {
    return this.#buffers.dStudent;
  }

  /** Bytes that this loss holds. */
  get bytes(): number {
    return this.#buffers.bytes;
  }

  get params(): LossParams {
    return this.#params;
  }

  /** Tells that the teacher buffer has new features: the next record takes their statistics once and keeps them. */
  setTeacher(): void {
    this.#stale = "features";
  }

  /**
   * Changes tau, rho or margin for the records after this call.
   * @throws RangeError when a value is out of range, or rho is beyond `maxRho`
   */
  setParams(changed: Partial<LossParams>): void {
    checkLossParams(changed);
    const next = { ...this.#params, ...changed };
    if (next.rho > this.#maxRho) {
      throw new RangeError(
        `rho must be ≤ maxRho, got ${next.rho} > ${this.#maxRho}: create the loss with a larger maxRho`,
      );
    }
    const { tau, rho } = this.#params;
    this.#params = next;
    for (const rectangle of this.#parts.rectangles) rectangle.setParams(next);
    if (next.tau !== tau) this.#stale ??= "statistics";
    if (next.rho !== rho && this.#motion) this.#writeQueries(maskFromMotion(this.#motion, this.shape, next.rho));
  }

  /**
   * Sets the query tokens of mtsa, [B, F, S] of 0 and 1; clips may keep different numbers of them.
   * @throws RangeError when the length is wrong or a clip keeps more than the buffers were made for
   */
  setMask(mask: ArrayLike<number>): void {
    this.#onlyMasked("mask");
    this.#motion = undefined;
    this.#writeQueries(mask);
  }

  /** Sets the motion saliency [B, F, S] of mtsa, from which rho makes the mask, now and whenever rho changes. */
  setMotion(motion: ArrayLike<number>): void {
    this.#onlyMasked("motion saliency");
    const mask = maskFromMotion(motion, this.shape, this.#params.rho);
    this.#motion = motion;
    this.#writeQueries(mask);
  }

  /**
   * The next step, cut into chunks. Submit them in order; between two submits the step can be given up, then call
   * `setTeacher` before the next one.
   * @throws Error when mtsa has no mask yet
   */
  chunks(): Chunk[] {
    if (!this.#hasQueries) throw new Error("mtsa has no mask yet: call setMask or setMotion first");
    const { normalizeTeacher, normalizeStudent, rectangles, finish } = this.#parts;
    const keeps = this.plan.form === "stored";
    const operations: Operation[] = [];
    if (this.#stale === "features") operations.push(normalizeTeacher);
    if (keeps && this.#stale === "features") operations.push(...rectangles.flatMap((part) => part.teacher()));
    if (keeps && this.#stale === "statistics") operations.push(...rectangles.flatMap((part) => part.retemper()));
    this.#stale = undefined;
    operations.push(normalizeStudent);
    if (this.plan.layout === "blocks") {
      operations.push({ kind: "clear", buffer: this.#buffers.dz }, { kind: "clear", buffer: this.#buffers.perToken });
    }
    for (const part of rectangles) operations.push(...(keeps ? [] : part.teacher()), ...part.student());
    operations.push(...finish);
    return group(operations, this.#chunkFlop);
  }

  /** Records one whole step. For shapes whose step is one chunk, or adapters without a watchdog. */
  record(encoder: GPUCommandEncoder): void {
    for (const chunk of this.chunks()) chunk.record(encoder);
  }

  /** Runs one step, a submit for each chunk; stops between two of them when `signal` is aborted. */
  async run(signal?: AbortSignal): Promise<void> {
    const { device } = this.#gpu;
    for (const chunk of this.chunks()) {
      if (signal?.aborted) {
        this.setTeacher();
        signal.throwIfAborted();
      }
      const encoder = device.createCommandEncoder({ label: `alignment ${this.#kind}` });
      chunk.record(encoder);
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
    }
  }

  destroy(): void {
    for (const rectangle of this.#parts.rectangles) rectangle.destroy();
    const { normalizeTeacher, normalizeStudent, finish } = this.#parts;
    for (const { kernel } of [normalizeTeacher, normalizeStudent, ...finish]) kernel.destroy();
    this.#buffers.destroy();
  }

  #onlyMasked(what: string): void {
    if (this.#kind !== "mtsa") throw new RangeError(`${this.#kind} takes no ${what}: use kind "mtsa"`);
  }

  #writeQueries(mask?: ArrayLike<number>): void {
    const { queries, counts } = packQueries(this.shape, this.plan.room, mask);
    this.#gpu.device.queue.writeBuffer(this.#buffers.queries, 0, queries);
    this.#gpu.device.queue.writeBuffer(this.#buffers.counts, 0, counts);
    this.#hasQueries = true;
    this.#stale = "features";
    for (const rectangle of this.#parts.rectangles) rectangle.resize(Math.max(...counts));
  }
}

type KernelOperation = Extract<Operation, { kind: "kernel" }>;

interface Parts {
  readonly normalizeTeacher: KernelOperation;
  readonly normalizeStudent: KernelOperation;
  readonly rectangles: readonly Rectangle[];
  readonly finish: readonly KernelOperation[];
}

async function createParts(
  gpu: Gpu,
  { kind, shape, teacher, student }: LossConfig,
  plan: LossPlan,
  buffers: LossBuffers,
  params: LossParams,
  chunkFlop: number,
): Promise<Parts> {
  const { B, F, S, Ct, Cs } = shape;
  const N = F * S;
  const grid = [groups(N), 1, B] as const;
  const operation = (kernel: KernelOperation["kernel"], flop: number): KernelOperation => ({
    kind: "kernel",
    kernel,
    flop,
  });
  const normalize = async (raw: GPUBuffer, side: LossBuffers["teacherSide"], C: number) =>
    operation(
      await gpu.kernels.bind(normalizeTokens, {
        buffers: { y: raw, ...side },
        params: { N, C, eps: EPS },
        grid,
        constants: { ROWS: side.z.size > 4 ? 1 : 0, COLUMNS: side.zT.size > 4 ? 1 : 0 },
      }),
      8 * B * N * C,
    );
  const normalizeTeacher = await normalize(teacher, buffers.teacherSide, Ct);
  const normalizeStudent = await normalize(student, buffers.studentSide, Cs);
  const { z, norms } = buffers.studentSide;
  const backward =
    plan.layout === "tokens"
      ? await gpu.kernels.bind(repa, {
          buffers: {
            teacher: buffers.teacherSide.z,
            student: z,
            norms,
            per_token: buffers.perToken,
            dy: buffers.dStudent,
          },
          params: { N, C: Cs, eps: EPS, scale: 1 / (N * B) },
          grid,
        })
      : await gpu.kernels.bind(normalizeTokensBackward, {
          buffers: { dz: buffers.dz, z, norms, dy: buffers.dStudent },
          params: { N, C: Cs, eps: EPS },
          grid,
        });
  const mean = await gpu.kernels.bind(batchMean, {
    buffers: { per_token: buffers.perToken, counts: buffers.counts, loss: buffers.loss },
    params: { B, N, terms: kind === "tsa" || kind === "mtsa" ? F : 1 },
    grid: [1],
  });
  const rectangles: Rectangle[] = [];
  if (buffers.rectangle) {
    for (let q0 = 0; q0 < plan.room; q0 += plan.width) {
      const width = Math.min(plan.width, plan.layout === "symmetric" ? N : ceil4(plan.room));
      rectangles.push(
        await createRectangle(gpu, buffers.rectangle, {
          loss: kind === "trd" ? "relation" : "tempered",
          shape,
          q0,
          width,
          room: plan.room,
          chunkFlop,
          params,
        }),
      );
    }
  }
  return {
    normalizeTeacher,
    normalizeStudent,
    rectangles,
    finish: [operation(backward, 8 * B * N * Cs), operation(mean, B * N)],
  };
}

/** Fills chunks with operations up to the FLOP that one submit may hold. */
function group(operations: readonly Operation[], chunkFlop: number): Chunk[] {
  const chunks: { flop: number; operations: Operation[] }[] = [];
  for (const operation of operations) {
    const flop = operation.kind === "kernel" ? operation.flop : 0;
    const last = chunks.at(-1);
    if (last && last.flop + flop <= chunkFlop) {
      last.flop += flop;
      last.operations.push(operation);
    } else chunks.push({ flop, operations: [operation] });
  }
  return chunks.map((chunk) => ({ ...chunk, record: (encoder) => encodeOperations(encoder, chunk.operations) }));
}
