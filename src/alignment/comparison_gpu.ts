import { type Gpu, guarded } from "../gpu/gpu.ts";
import { Readback } from "../gpu/readback.ts";
import { AlignmentLoss } from "./alignment_loss.ts";
import { applies, type Comparison, type LossStep, norm, type Pair } from "./comparison.ts";
import { LOSS_KINDS, type LossKind, type LossParams } from "./loss_config.ts";

/** What one loss may hold: four of them, a model and the clip share the GPU of a laptop. */
const MEMORY_BUDGET = 256 * 2 ** 20;
/** Features of both sides that the tiled form needs room for, at the most: the unit rows and the gradient of each. */
const FEATURE_COPIES = 6;

/** The comparison on our kernels. */
export class GpuComparison implements Comparison {
  readonly #gpu: Gpu;
  readonly #pair: Pair;
  readonly #features: readonly GPUBuffer[];
  readonly #losses: ReadonlyMap<LossKind, AlignmentLoss>;
  /** Its own, because it grows to the size of a gradient and goes when the comparison does. */
  readonly #readback: Readback;

  /**
   * Uploads both sides and binds the losses.
   * @throws GpuError "out-of-memory" | "limits"; RangeError when the pair does not fit together
   */
  static async create(gpu: Gpu, pair: Pair): Promise<GpuComparison> {
    const { F, S, teacher, student, motion } = pair;
    const features: GPUBuffer[] = [];
    const losses = new Map<LossKind, AlignmentLoss>();
    const upload = (label: string, data: Float32Array) => {
      const buffer = gpu.buffers.upload(label, data);
      features.push(buffer);
      return buffer;
    };
    const comparison = new GpuComparison(gpu, pair, features, losses);
    try {
      await guarded(gpu.device, `comparison of ${F * S} tokens`, async () => {
        const shared = {
          shape: { B: 1, F, S, Ct: teacher.C, Cs: student.C },
          teacher: upload("compared teacher", teacher.data),
          student: upload("compared student", student.data),
          memoryBudget: Math.max(MEMORY_BUDGET, FEATURE_COPIES * (teacher.data.byteLength + student.data.byteLength)),
        };
        for (const kind of LOSS_KINDS.filter((known) => applies(known, pair))) {
          const masked = kind === "mtsa" ? { motion, maxRho: 1 } : {};
          losses.set(kind, await AlignmentLoss.create(gpu, { ...shared, kind, ...masked }));
        }
      });
      return comparison;
    } catch (error) {
      comparison.destroy();
      throw error;
    }
  }

  private constructor(
    gpu: Gpu,
    pair: Pair,
    features: readonly GPUBuffer[],
    losses: ReadonlyMap<LossKind, AlignmentLoss>,
  ) {
    this.#gpu = gpu;
    this.#pair = pair;
    this.#features = features;
    this.#losses = losses;
    this.#readback = new Readback(gpu.buffers);
  }

  async step(kind: LossKind, params: LossParams, pause: () => Promise<void>): Promise<LossStep> {
    const loss = this.#losses.get(kind);
    if (!loss) throw new Error(`${kind} does not apply to this pair`);
    const { F, S, student } = this.#pair;
    const { device } = this.#gpu;
    loss.setParams(params);
    try {
      for (const chunk of loss.chunks()) {
        const encoder = device.createCommandEncoder({ label: `compare ${kind}` });
        chunk.record(encoder);
        device.queue.submit([encoder.finish()]);
        await device.queue.onSubmittedWorkDone();
        await pause();
      }
    } catch (error) {
      // What the teacher's part had not reached yet must be done again.
      loss.setTeacher();
      throw error;
    }
    const [value, perToken, gradient] = await this.#readback.readAll([
      { buffer: loss.loss, bytes: 4 },
      { buffer: loss.perToken, bytes: 4 * F * S },
      { buffer: loss.dStudent, bytes: 4 * F * S * student.C },
    ]);
    return { loss: value[0], gradNorm: norm(gradient), perToken: perToken.slice() };
  }

  destroy(): void {
    for (const loss of this.#losses.values()) loss.destroy();
    for (const buffer of this.#features) this.#gpu.buffers.destroy(buffer);
    this.#readback.destroy();
  }
}
