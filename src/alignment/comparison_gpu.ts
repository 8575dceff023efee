import { type Gpu, guarded } from "../gpu/gpu.ts";
import { Readback } from "../gpu/readback.ts";
import { AlignmentLoss } from "./alignment_loss.ts";
import { applies, type Comparison, type LossStep, norm, type Pair } from "./comparison.ts";
import { type LossKind, type LossParams, paramsOf, traitsOf } from "./losses.ts";

/** What one loss may hold: all of them, a model and the clip share the GPU of a laptop. */
const MEMORY_BUDGET = 256 * 2 ** 20;
/** Features of both sides that the tiled form needs room for, at the most: the unit rows and the gradient of each. */
const FEATURE_COPIES = 6;

/** The comparison on our kernels. */
export class GpuComparison implements Comparison {
  readonly #gpu: Gpu;
  #pair: Pair;
  readonly #teacher: GPUBuffer;
  readonly #student: GPUBuffer;
  /** Made when first asked for: a software adapter takes seconds to compile the kernels of each. */
  readonly #losses = new Map<LossKind, AlignmentLoss>();
  /** Its own, because it grows to the size of a gradient and goes when the comparison does. */
  readonly #readback: Readback;

  /**
   * Uploads both sides.
   * @throws GpuError "out-of-memory" | "limits"
   */
  static create(gpu: Gpu, pair: Pair): Promise<GpuComparison> {
    const { buffers, device } = gpu;
    const made: GPUBuffer[] = [];
    const upload = (label: string, data: Float32Array) => {
      const buffer = buffers.upload(label, data);
      made.push(buffer);
      return buffer;
    };
    return guarded(device, what(pair), () => {
      const teacher = upload("compared teacher", pair.teacher.data);
      return new GpuComparison(gpu, pair, teacher, upload("compared student", pair.student.data));
    }).catch((error: unknown) => {
      for (const buffer of made) buffers.destroy(buffer);
      throw error;
    });
  }

  private constructor(gpu: Gpu, pair: Pair, teacher: GPUBuffer, student: GPUBuffer) {
    this.#gpu = gpu;
    this.#pair = pair;
    this.#teacher = teacher;
    this.#student = student;
    this.#readback = new Readback(gpu.buffers);
  }

  /** Also throws GpuError "out-of-memory" | "limits" at the first step of a loss. */
  async step(kind: LossKind, params: LossParams, pause: () => Promise<void>): Promise<LossStep> {
    const loss = this.#losses.get(kind) ?? (await this.#bind(kind));
    const { F, S, student } = this.#pair;
    loss.setParams(paramsOf(kind, params));
    await loss.run(pause);
    const [value, perToken, gradient] = await this.#readback.readAll([
      { buffer: loss.loss, bytes: 4 },
      { buffer: loss.perToken, bytes: 4 * F * S },
      { buffer: loss.dStudent, bytes: 4 * F * S * student.C },
    ]);
    return { loss: value[0], gradNorm: norm(gradient), perToken };
  }

  setMotion(motion: ArrayLike<number>): void {
    this.#pair = { ...this.#pair, motion };
    for (const [kind, loss] of this.#losses) {
      if (traitsOf(kind).queries !== "moving") continue;
      loss.destroy();
      this.#losses.delete(kind);
    }
  }

  destroy(): void {
    const { buffers } = this.#gpu;
    for (const loss of this.#losses.values()) loss.destroy();
    this.#losses.clear();
    buffers.destroy(this.#teacher);
    buffers.destroy(this.#student);
    this.#readback.destroy();
  }

  async #bind(kind: LossKind): Promise<AlignmentLoss> {
    if (!applies(kind, this.#pair)) throw new Error(`${kind} does not apply to this pair`);
    const { F, S, teacher, student, motion } = this.#pair;
    const config = {
      kind,
      shape: { B: 1, F, S, Ct: teacher.C, Cs: student.C },
      teacher: this.#teacher,
      student: this.#student,
      memoryBudget: Math.max(MEMORY_BUDGET, FEATURE_COPIES * (teacher.data.byteLength + student.data.byteLength)),
      ...(traitsOf(kind).queries === "moving" ? { motion, maxRho: 1 } : {}),
    };
    let loss: AlignmentLoss | undefined;
    try {
      await guarded(this.#gpu.device, what(this.#pair), async () => {
        loss = await AlignmentLoss.create(this.#gpu, config);
      });
    } catch (error) {
      loss?.destroy();
      throw error;
    }
    if (!loss) throw new Error(`${kind} was not made`);
    this.#losses.set(kind, loss);
    return loss;
  }
}

const what = ({ F, S }: Pair) => `comparison of ${F * S} tokens`;
