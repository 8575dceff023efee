import scale from "../../../shaders/nn/scale.wgsl";
import { AlignmentLoss } from "../../alignment/alignment_loss.ts";
import { type LossSizes, planLoss } from "../../alignment/loss_plan.ts";
import { type LossKind, traitsOf } from "../../alignment/losses.ts";
import type { Gpu } from "../../gpu/gpu.ts";
import { foldRows, groups } from "../../gpu/kernels.ts";
import type { Place } from "../../gpu/places.ts";
import { dispatch, type Step } from "../../gpu/steps.ts";
import type { Arena, Parameter } from "../../nn/arena.ts";
import { doubleFrames } from "../../nn/double_frames.ts";
import { bindPlan, planMemory } from "../../nn/memory.ts";
import { lengthOf, Tape, type Tensor } from "../../nn/tape.ts";
import { x0Loss } from "../../nn/x0_loss.ts";
import { studentParameters } from "../../student/definition.ts";
import { learns, type StudentShape, student, studentInput, videoRows } from "../../student/model.ts";
import { weightsOn } from "../../student/parameters.ts";
import { doublingProjector, projectorParameters } from "../../student/projector.ts";
import { alphas } from "../../student/schedule.ts";
import { positionTable, timestepEmbedding } from "../../student/tables.ts";
import type { Lend } from "./scratch.ts";

/** What of a step is fixed when it is bound. */
export interface StepDesign {
  readonly shape: StudentShape;
  /** Clips of a batch. */
  readonly B: number;
  /** Nothing: the diffusion loss alone. */
  readonly alignment?: AlignmentDesign;
}

export interface AlignmentDesign {
  readonly loss: LossKind;
  readonly tau: number;
  readonly margin: number;
  /** Features are taken after so many blocks. */
  readonly block: number;
  /** The student's own features after so many blocks are the teacher's, without gradient, ×2 in time; nothing: they come with the batch. */
  readonly selfBlock?: number;
  /** The teacher's channels (the student's width where that teaches); its grid has twice the student's token frames, on the same rows. */
  readonly channels: number;
  /** Hidden sizes of the projector. */
  readonly hidden: readonly [number, number, number];
}

/** One batch, as the network reads it. */
export interface StepBatch {
  /** Noised and clean tokens [B, N, values]. */
  readonly x: Float32Array<ArrayBuffer>;
  readonly x0: Float32Array<ArrayBuffer>;
  /** t and whether the first token frame of x is clean, [B] each; words [B, words]. */
  readonly t: ArrayLike<number>;
  readonly given: ArrayLike<number>;
  readonly words: ArrayLike<number>;
  /** Features [B, 2F, S, channels] and the mask of queries [B, 2F, S], where the loss reads them. */
  readonly teacher?: Float32Array<ArrayBuffer>;
  readonly mask?: ArrayLike<number>;
  /** λ of L = L_diffusion + λ L_alignment. */
  readonly lambda?: number;
  /** Values that are asked for, as a part of those of the whole step; nothing: this batch is the step. */
  readonly asked?: number;
}

/** Values of a batch that were not given: what the diffusion loss is a mean over. */
export const askedValues = ({ frames, rows, values }: StudentShape, given: ArrayLike<number>): number =>
  Array.from(given).reduce((sum, one) => sum + (one ? frames - 1 : frames) * rows ** 2 * values, 0);

/** What the names of the projector's parameters begin with. */
export const PROJECTOR = "projector.";

/** Everything that such a step trains: the student's tensors by PyTorch's names, and those of the projector under `projector.`. */
export function stepParameters({ shape, alignment }: StepDesign): Parameter[] {
  const ours = studentParameters(shape);
  if (!alignment) return ours;
  const { hidden, channels: outputs } = alignment;
  const theirs = projectorParameters({ inputs: shape.width, hidden, outputs });
  return [...ours, ...theirs.map((one) => ({ ...one, name: `${PROJECTOR}${one.name}` }))];
}

/** 1 / (1 − A_t) over the number of values asked for in the whole step: [B]. */
function lossWeights(shape: StudentShape, { t, given, asked = askedValues(shape, given) }: StepBatch) {
  const A = alphas();
  return Float32Array.from(t, (level) => 1 / (1 - A[level]) / asked);
}

/** A step's tape and its memory, before anything is allocated. */
function designStep({ shape, B, alignment }: StepDesign) {
  const t = new Tape();
  const { tensors, tensor, layer } = weightsOn(
    t,
    stepParameters({ shape, B, ...(alignment ? { alignment } : {}) }),
    learns,
  );
  const input = studentInput(t, B, shape);
  const { features, streams, output } = student(t, input, { tensor, layer }, shape, alignment?.block);
  const x0 = t.data("x0", output.shape);
  const weight = t.data("loss weights", [B]);
  const clips = x0Loss(t, output, { x0, weight, given: input.given, first: shape.rows ** 2 * shape.values });
  const y = alignment ? doublingProjector(t, features, (name) => layer(`${PROJECTOR}${name}`)) : undefined;
  const own = alignment?.selfBlock ? doubleFrames(t, videoRows(t, streams[alignment.selfBlock - 1], shape)) : undefined;
  const schedule = t.schedule(y ? [clips, y] : [clips]);
  const data = { ...input, x0, weight };
  // What is looked at after the step: both gradients where the loss joins the stream, beside what comes out.
  const kept = alignment && y ? { stream: streams[alignment.block - 1], features, y } : {};
  const placed = [...tensors, ...Object.values(data), output, clips, ...(y ? [y] : []), ...(own ? [own] : [])];
  const plan = planMemory(schedule, placed, [...tensors, ...Object.values(kept)]);
  return { plan, weights: tensors, data, output, clips, kept, own };
}

/** What the memory of its alignment loss depends on: a batch may ask with every token. */
function lossSizes({ shape, B }: StepDesign, { loss: kind, channels: C }: AlignmentDesign): LossSizes {
  const masked = traitsOf(kind).queries === "moving" ? { maxRho: 1 } : {};
  return { kind, shape: { B, F: 2 * shape.frames, S: shape.rows ** 2, Ct: C, Cs: C }, ...masked };
}

/** Bytes of buffers, before there are any. */
export interface Memory {
  /** Of all together; only the parameters of kernels, some dozens of bytes each, are not in it. */
  readonly bytes: number;
  /** Of the largest buffer. */
  readonly largest: number;
  /** Of what lasts a step only, which arms that take steps in turn have once. */
  readonly shared: number;
}

/**
 * Of a step's buffers beside its arena. Those of its loss are in the sum alone: it lays them out as the device allows.
 * @throws RangeError for sizes that the layers cannot take
 */
export function stepMemory(design: StepDesign): Memory {
  const { plan, data, output, clips, kept } = designStep(design);
  const { stream, features, y } = kept;
  // The features, their gradient times λ, and the teacher's; gradients where the loss joins the stream.
  const joined = y && stream && features ? [y, y, y, stream, features] : [];
  const sizes = [...Object.values(data), output, clips, ...joined].map((tensor) => 4 * lengthOf(tensor));
  const all = [...sizes, ...plan.sizes];
  const bytes = all.reduce((a, b) => a + b, 0);
  const largest = Math.max(...all);
  const shared = plan.sizes.reduce((a, b) => a + b, 0);
  if (!design.alignment) return { bytes, largest, shared };
  // With λ.
  return {
    bytes: bytes + 4 + planLoss(lossSizes(design, design.alignment), Number.POSITIVE_INFINITY).bytes,
    largest,
    shared,
  };
}

type BatchBuffers = Readonly<Record<"x" | "x0" | "time" | "words" | "given" | "weight", GPUBuffer>>;

interface BothWays {
  readonly forward: readonly Step[];
  readonly backward: readonly Step[];
}

/**
 * One step's forward and backward of the diffusion student, with an alignment loss after one of its blocks:
 * L = L_diffusion + λ L_alignment (eq. 14). Bound once; a step writes its batch and allocates nothing. Gradients go into the arena.
 */
export class DiffusionStep {
  readonly #gpu: Gpu;
  readonly #design: StepDesign;
  readonly #data: BatchBuffers;
  readonly #network: BothWays;
  readonly #alignment: Aligned | undefined;
  /** The guess of x0 [B, N, values], after a step. */
  readonly output: GPUBuffer;
  /** The diffusion loss of each clip [B]; their sum is the batch's. */
  readonly clips: GPUBuffer;
  /**
   * Gradients where the losses join, after a step: of both together at the "stream" [B, words + N, width], and λ times the
   * alignment's alone at the "features" [B, N, width], its video rows. Empty without an alignment loss.
   */
  readonly joints: ReadonlyMap<string, GPUBuffer>;

  /**
   * Allocates and compiles, in the scope that `gpu` is.
   * @param arena holds `stepParameters(design)`
   * @param lend where activations lie that nobody needs after the step; nothing: in memory of its own
   * @throws RangeError | GpuError with one sentence
   */
  static async create(gpu: Gpu, design: StepDesign, arena: Arena, lend?: Lend): Promise<DiffusionStep> {
    const { buffers } = gpu;
    const { plan, weights, data, output, clips, kept, own } = designStep(design);
    const make = (tensor: Tensor) => buffers.create(tensor.name, 4 * lengthOf(tensor));
    const scratch = lend?.(plan.sizes) ?? plan.sizes.map((bytes, i) => buffers.create(`activations ${i}`, bytes));
    const { positions, ...written } = data;
    const places = new Map<Tensor, GPUBuffer>([
      ...Object.values(written).map((tensor) => [tensor, make(tensor)] as const),
      [positions, buffers.upload(positions.name, positionTable(design.shape))],
      [output, make(output)],
      [clips, make(clips)],
    ]);
    const bufferOf = (tensor: Tensor): GPUBuffer => {
      const found = places.get(tensor);
      if (!found) throw new Error(`no buffer was made for ${tensor.name}`);
      return found;
    };
    const gradients = new Map<Tensor, Place>(arena.places(weights, "gradients"));
    const joints = new Map<string, GPUBuffer>();
    let alignment: Aligned | undefined;
    if (design.alignment && kept.y) {
      places.set(kept.y, make(kept.y));
      alignment = await createAligned(gpu, design, design.alignment, bufferOf(kept.y));
      for (const [name, tensor] of Object.entries(kept)) {
        const gradient =
          name === "y" ? alignment.gradient : buffers.create(`gradient of the ${name}`, 4 * lengthOf(tensor));
        gradients.set(tensor, gradient);
        if (name !== "y") joints.set(name, gradient);
      }
      if (own) places.set(own, alignment.teacher);
    }
    const values = new Map<Tensor, Place>([...arena.places(weights, "parameters"), ...places]);
    const network = await bindPlan(gpu, plan, scratch, { values, gradients });
    const { x, x0, time, words, given, weight } = data;
    return new DiffusionStep(
      gpu,
      design,
      {
        x: bufferOf(x),
        x0: bufferOf(x0),
        time: bufferOf(time),
        words: bufferOf(words),
        given: bufferOf(given),
        weight: bufferOf(weight),
      },
      network,
      alignment,
      { output: bufferOf(output), clips: bufferOf(clips), joints },
    );
  }

  private constructor(
    gpu: Gpu,
    design: StepDesign,
    data: BatchBuffers,
    network: BothWays,
    alignment: Aligned | undefined,
    { output, clips, joints }: Pick<DiffusionStep, "output" | "clips" | "joints">,
  ) {
    this.#gpu = gpu;
    this.#design = design;
    this.#data = data;
    this.#network = network;
    this.#alignment = alignment;
    this.output = output;
    this.clips = clips;
    this.joints = joints;
  }

  /** λ [1], as it was written; nothing without an alignment loss. */
  get lambda(): GPUBuffer | undefined {
    return this.#alignment?.lambda;
  }

  /** The alignment loss [1]; nothing without one. */
  get alignment(): GPUBuffer | undefined {
    return this.#alignment?.loss.loss;
  }

  /** Hands in the next step's batch. */
  write(batch: StepBatch): void {
    const { queue } = this.#gpu.device;
    const { x, x0, time, words, given, weight } = this.#data;
    const { shape } = this.#design;
    queue.writeBuffer(x, 0, batch.x);
    queue.writeBuffer(x0, 0, batch.x0);
    queue.writeBuffer(time, 0, timestepEmbedding(batch.t, shape.time_width));
    queue.writeBuffer(words, 0, Uint32Array.from(batch.words));
    queue.writeBuffer(given, 0, Float32Array.from(batch.given));
    queue.writeBuffer(weight, 0, lossWeights(shape, batch));
    if (!this.#alignment) return;
    const { teacher, lambda, loss } = this.#alignment;
    if (batch.teacher) {
      queue.writeBuffer(teacher, 0, batch.teacher);
      loss.setTeacher();
    }
    if (batch.mask) loss.setMask(batch.mask);
    if (batch.lambda !== undefined) queue.writeBuffer(lambda, 0, Float32Array.of(batch.lambda));
  }

  /** Forward, losses and backward of the batch that was written, in order. */
  steps(): Step[] {
    const { forward, backward } = this.#network;
    if (!this.#alignment) return [...forward, ...backward];
    // The student's own features are others in every step.
    if (this.#design.alignment?.selfBlock) this.#alignment.loss.setTeacher();
    return [...forward, ...this.#alignment.loss.steps(), this.#alignment.weigh, ...backward];
  }
}

/** The alignment loss of the projector's features, and λ times its gradient. */
interface Aligned {
  readonly teacher: GPUBuffer;
  readonly lambda: GPUBuffer;
  readonly loss: AlignmentLoss;
  readonly gradient: GPUBuffer;
  readonly weigh: Step;
}

async function createAligned(
  gpu: Gpu,
  design: StepDesign,
  alignment: AlignmentDesign,
  student: GPUBuffer,
): Promise<Aligned> {
  const { buffers } = gpu;
  const { tau, margin } = alignment;
  const sizes = lossSizes(design, alignment);
  const { B, F, S, Cs } = sizes.shape;
  const n = B * F * S * Cs;
  const teacher = buffers.create("teacher features", 4 * n);
  const lambda = buffers.create("lambda", 4);
  const gradient = buffers.create("weighed gradient", 4 * n);
  const loss = await AlignmentLoss.create(gpu, { ...sizes, teacher, student, tau, margin });
  const kernel = await gpu.kernels.bind(scale, {
    buffers: { x: loss.dStudent, factor: lambda, y: gradient },
    params: { n },
    grid: foldRows(groups(n)),
  });
  return { teacher, lambda, loss, gradient, weigh: dispatch(kernel, n) };
}
