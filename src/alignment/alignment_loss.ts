import batchMean from "../../shaders/alignment/batch_mean.wgsl";
import normalizeTokens from "../../shaders/alignment/normalize_tokens.wgsl";
import normalizeTokensBackward from "../../shaders/alignment/normalize_tokens_backward.wgsl";
import repa from "../../shaders/alignment/repa.wgsl";
import { type Gpu, openScope } from "../gpu/gpu.ts";
import { groups } from "../gpu/kernels.ts";
import { clear, dispatch, type Pause, type Step, submitFlop, submitSteps, VALUE_FLOP } from "../gpu/steps.ts";
import { ceil4 } from "../kernels/product.ts";
import { RELATIONS } from "../reference/index.ts";
import { createLossBuffers, type LossBuffers } from "./loss_buffers.ts";
import { checkLossConfig, checkLossParams, LOSS_DEFAULTS, type LossConfig, type LossShape } from "./loss_config.ts";
import { type LossPlan, planLoss } from "./loss_plan.ts";
import { type LossKind, type LossParams, traitsOf } from "./losses.ts";
import { maskFromMotion, packQueries } from "./queries.ts";
import { SimilarityBlock } from "./similarity_block.ts";

/** Rows shorter than this are divided by it instead of their norm (docs/method.md section 2). */
const EPS = 1e-6;

/**
 * One alignment loss on a batch of clips, forward and backward. Bind once, then for every step record it into a command
 * encoder; nothing is allocated in a step. The owner of `teacher` and `student` keeps them; the outputs belong to the loss.
 *
 * ```ts
 * const loss = await AlignmentLoss.create(gpu, { kind: "tsa", shape, teacher, student });
 * encodeSteps(encoder, loss.steps());   // teacher statistics (when stale), loss, per-token map and gradient
 * loss.setParams({ tau: 0.05 });        // holds from the next step on
 * loss.setTeacher();                    // the teacher buffer has new features
 * ```
 */
export class AlignmentLoss {
  /** A scope of the device: everything of the loss goes with it. */
  readonly #gpu: Gpu;
  readonly #buffers: LossBuffers;
  readonly #parts: Parts;
  readonly #kind: LossKind;
  readonly #maxRho: number;
  readonly #flopPerSubmit: number;
  #params: LossParams;
  #motion: ArrayLike<number> | undefined;
  #hasQueries: boolean;
  /** What the next step must do on the teacher's side first. */
  #stale: "features" | "statistics" | undefined = "features";

  readonly shape: LossShape;
  readonly plan: LossPlan;
  /** Bytes of its buffers, without the parameters of its kernels. */
  readonly bytes: number;

  /**
   * Checks the configuration, allocates and compiles.
   * @throws RangeError with both values and the remedy when the configuration is wrong
   */
  static async create(gpu: Gpu, config: LossConfig): Promise<AlignmentLoss> {
    checkLossConfig(config);
    const { maxBufferSize, maxStorageBufferBindingSize } = gpu.device.limits;
    const plan = planLoss(config, Math.min(maxBufferSize, maxStorageBufferBindingSize));
    const { tau, rho, margin } = { ...LOSS_DEFAULTS, ...config };
    const scope = openScope(gpu);
    try {
      const buffers = createLossBuffers(scope, config, plan);
      const { bytes } = scope.buffers;
      const parts = await createParts(scope, config, plan, buffers, { tau, rho, margin });
      return new AlignmentLoss(scope, config, plan, buffers, bytes, parts, { tau, rho, margin });
    } catch (error) {
      scope.destroy();
      throw error;
    }
  }

  private constructor(
    gpu: Gpu,
    config: LossConfig,
    plan: LossPlan,
    buffers: LossBuffers,
    bytes: number,
    parts: Parts,
    params: LossParams,
  ) {
    this.#gpu = gpu;
    this.#buffers = buffers;
    this.bytes = bytes;
    this.#parts = parts;
    this.#params = params;
    this.#flopPerSubmit = config.flopPerSubmit ?? submitFlop(gpu);
    this.#kind = config.kind;
    this.#maxRho = config.maxRho ?? params.rho;
    this.shape = config.shape;
    this.plan = plan;
    this.#hasQueries = traitsOf(config.kind).queries === "all";
    if (this.#hasQueries) this.#writeQueries();
    if (config.mask) this.setMask(config.mask);
    if (config.motion) this.setMotion(config.motion);
  }

  /** The loss [1], the mean over the clips of the batch. */
  get loss(): GPUBuffer {
    return this.#buffers.loss;
  }

  /** What each token contributes as a query [B, N]: Σ_f KL where tempered, else a mean over keys; repa: −cosine. 0 outside the mask. */
  get perToken(): GPUBuffer {
    return this.#buffers.perToken;
  }

  /** Gradient of the loss with respect to the raw student features [B, N, Cs]. */
  get dStudent(): GPUBuffer {
    return this.#buffers.dStudent;
  }

  get params(): LossParams {
    return this.#params;
  }

  /** Tells that the teacher buffer has new features: the next step takes their statistics once and keeps them. */
  setTeacher(): void {
    this.#stale = "features";
  }

  /**
   * Changes tau, rho or margin for the steps after this call.
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
    for (const block of this.#parts.blocks) block.setParams(next);
    if (next.tau !== tau) this.#stale ??= "statistics";
    if (next.rho !== rho && this.#motion) this.#writeQueries(maskFromMotion(this.#motion, this.shape, next.rho));
  }

  /**
   * Sets the query tokens of a masked loss (mtsa), [B, F, S] of 0 and 1; clips may keep different numbers of them.
   * @throws RangeError when the length is wrong or a clip keeps more than the buffers were made for
   */
  setMask(mask: ArrayLike<number>): void {
    this.#onlyMasked("mask");
    this.#motion = undefined;
    this.#writeQueries(mask);
  }

  /** Sets the motion saliency [B, F, S] of a masked loss, from which rho makes the mask, now and whenever rho changes. */
  setMotion(motion: ArrayLike<number>): void {
    this.#onlyMasked("motion saliency");
    const mask = maskFromMotion(motion, this.shape, this.#params.rho);
    this.#motion = motion;
    this.#writeQueries(mask);
  }

  /**
   * The next step. If it is given up on the way, call `setTeacher` before the next one.
   * @throws Error when it needs a mask and has none yet
   */
  steps(): Step[] {
    if (!this.#hasQueries) throw new Error(`${this.#kind} has no mask yet: call setMask or setMotion first`);
    const { normalizeTeacher, normalizeStudent, blocks, finish } = this.#parts;
    const keeps = this.plan.form === "stored";
    const steps: Step[] = [];
    if (this.#stale === "features") steps.push(normalizeTeacher);
    if (keeps && this.#stale === "features") steps.push(...blocks.flatMap((block) => block.teacher()));
    if (keeps && this.#stale === "statistics") steps.push(...blocks.flatMap((block) => block.retemper()));
    this.#stale = undefined;
    steps.push(normalizeStudent);
    if (this.plan.layout === "blocks") steps.push(clear(this.#buffers.dz), clear(this.#buffers.perToken));
    for (const block of blocks) steps.push(...(keeps ? [] : block.teacher()), ...block.student());
    return [...steps, ...finish];
  }

  /** Runs one step on its own, in as many submits as it takes; what `pause` throws between two of them ends it. */
  async run(pause: Pause = async () => {}): Promise<void> {
    try {
      await submitSteps(this.#gpu, `alignment ${this.#kind}`, this.steps(), this.#flopPerSubmit, pause);
    } catch (error) {
      // What the teacher's part had not reached yet must be done again.
      this.setTeacher();
      throw error;
    }
  }

  destroy(): void {
    this.#gpu.destroy();
  }

  #onlyMasked(what: string): void {
    if (traitsOf(this.#kind).queries === "all") throw new RangeError(`${this.#kind} takes no ${what}: use kind "mtsa"`);
  }

  #writeQueries(mask?: ArrayLike<number>): void {
    const { queries, counts } = packQueries(this.shape, this.plan.room, mask);
    this.#gpu.device.queue.writeBuffer(this.#buffers.queries, 0, queries);
    this.#gpu.device.queue.writeBuffer(this.#buffers.counts, 0, counts);
    this.#hasQueries = true;
    this.#stale = "features";
    for (const block of this.#parts.blocks) block.resize(Math.max(...counts));
  }
}

interface Parts {
  readonly normalizeTeacher: Step;
  readonly normalizeStudent: Step;
  readonly blocks: readonly SimilarityBlock[];
  readonly finish: readonly Step[];
}

async function createParts(
  gpu: Gpu,
  { kind, shape, teacher, student, flopPerSubmit = submitFlop(gpu) }: LossConfig,
  plan: LossPlan,
  buffers: LossBuffers,
  params: LossParams,
): Promise<Parts> {
  const { B, F, S, Ct, Cs } = shape;
  const N = F * S;
  const grid = [groups(N), 1, B] as const;
  const perValue = VALUE_FLOP.plain * B * N;
  const normalize = async (raw: GPUBuffer, side: LossBuffers["teacherSide"], C: number) => {
    const kernel = await gpu.kernels.bind(normalizeTokens, {
      buffers: { y: raw, ...side },
      params: { N, C, eps: EPS },
      grid,
      constants: { ROWS: side.z.size > 4 ? 1 : 0, COLUMNS: side.zT.size > 4 ? 1 : 0 },
    });
    return dispatch(kernel, perValue * C);
  };
  const normalizeTeacher = await normalize(teacher, buffers.teacherSide, Ct);
  const normalizeStudent = await normalize(student, buffers.studentSide, Cs);
  const { dz, perToken, dStudent, counts, loss } = buffers;
  const { z, norms } = buffers.studentSide;
  const { compares } = traitsOf(kind);
  const backward =
    compares === "tokens"
      ? await gpu.kernels.bind(repa, {
          buffers: { teacher: buffers.teacherSide.z, student: z, norms, per_token: perToken, dy: dStudent },
          params: { N, C: Cs, eps: EPS, scale: 1 / (N * B) },
          grid,
        })
      : await gpu.kernels.bind(normalizeTokensBackward, {
          buffers: { dz, z, norms, dy: dStudent },
          params: { N, C: Cs, eps: EPS },
          grid,
        });
  const mean = await gpu.kernels.bind(batchMean, {
    buffers: { per_token: perToken, counts, loss },
    params: { B, N, terms: compares === "tokens" ? 1 : RELATIONS[compares].average(F, S).terms },
    grid: [1],
  });
  const blocks: SimilarityBlock[] = [];
  for (let q0 = 0; buffers.block && compares !== "tokens" && q0 < plan.room; q0 += plan.width) {
    const width = Math.min(plan.width, plan.layout === "symmetric" ? N : ceil4(plan.room));
    const options = { relation: compares, shape, q0, width, room: plan.room, flopPerSubmit, params } as const;
    blocks.push(await SimilarityBlock.create(gpu, buffers.block, options));
  }
  return {
    normalizeTeacher,
    normalizeStudent,
    blocks,
    finish: [dispatch(backward, perValue * Cs), dispatch(mean, B * N)],
  };
}
