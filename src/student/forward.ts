import { type Gpu, guarded, openScope } from "../gpu/gpu.ts";
import { type Pause, type Step, submitFlop, submitSteps } from "../gpu/steps.ts";
import type { Arena } from "../nn/arena.ts";
import { bindPlan, planMemory } from "../nn/memory.ts";
import { lengthOf, Tape, type Tensor } from "../nn/tape.ts";
import { studentParameters } from "./definition.ts";
import { type StudentShape, student, studentInput } from "./model.ts";
import { weightsOn } from "./parameters.ts";
import type { Denoise } from "./sampler.ts";
import { positionTable, timestepEmbedding } from "./tables.ts";

/** What the student reads of B clips. */
export interface ForwardInput {
  /** x_t [B, N, values]. */
  readonly x: Float32Array<ArrayBuffer>;
  /** Noise levels [B], 0 … 999. */
  readonly t: ArrayLike<number>;
  /** Word ids [B, words], padded with 0. */
  readonly words: ArrayLike<number>;
  /** [B]: 1 where the first token frame of x is clean. */
  readonly given: ArrayLike<number>;
}

export interface ForwardOptions {
  readonly shape: StudentShape;
  /** Clips at once. */
  readonly B: number;
  /** Features are taken after so many blocks. */
  readonly block: number;
  /** The weights as they are, or their average. */
  readonly weights: "parameters" | "ema";
  /** Whether the stream after every block is read, too. */
  readonly inside?: boolean;
}

/** A forward's tape and its memory, before anything is allocated. */
function designForward({ shape, B, block, inside = false }: ForwardOptions) {
  const t = new Tape();
  const weights = weightsOn(t, studentParameters(shape), false);
  const input = studentInput(t, B, shape);
  const { features, output, streams } = student(t, input, weights, shape, block);
  const kept = inside ? streams : [];
  const { positions, ...written } = input;
  const placed = { ...written, features, output };
  const plan = planMemory(t.schedule(), [...weights.tensors, positions, ...Object.values(placed), ...kept], []);
  return { weights: weights.tensors, positions, placed, kept, plan };
}

/** Bytes of its buffers beside the arena, before there are any. */
export function forwardBytes(options: ForwardOptions): number {
  const { positions, placed, kept, plan } = designForward(options);
  const floats = [positions, ...Object.values(placed), ...kept].reduce((sum, tensor) => sum + lengthOf(tensor), 0);
  return 4 * floats + plan.sizes.reduce((a, b) => a + b, 0);
}

interface ForwardBuffers extends Readonly<Record<"x" | "time" | "words" | "given" | "output" | "features", GPUBuffer>> {
  /** After each block, where they are read. */
  readonly streams: readonly GPUBuffer[];
}

/** The student forward only, on the weights of an arena as they are when it runs: what is in training draws without an export. */
export class StudentForward {
  readonly #gpu: Gpu;
  readonly #options: ForwardOptions;
  readonly #steps: readonly Step[];
  readonly #buffers: ForwardBuffers;

  /** @throws RangeError | GpuError with one sentence; nothing stays allocated then */
  static async create(gpu: Gpu, options: ForwardOptions, arena: Arena): Promise<StudentForward> {
    const { shape, weights: of } = options;
    const { weights, positions, placed, kept, plan } = designForward(options);
    const scope = openScope(gpu);
    try {
      return await guarded(gpu.device, `a student of ${shape.width} × ${shape.depth}`, async () => {
        const make = (tensor: Tensor) => scope.buffers.create(tensor.name, 4 * lengthOf(tensor));
        const buffers = {
          x: make(placed.x),
          time: make(placed.time),
          words: make(placed.words),
          given: make(placed.given),
          output: make(placed.output),
          features: make(placed.features),
        };
        const scratch = plan.sizes.map((bytes, i) => scope.buffers.create(`activations ${i}`, bytes));
        const streams = kept.map(make);
        const values = new Map([
          ...arena.places(weights, of),
          ...kept.map((tensor, i) => [tensor, streams[i]] as const),
          [positions, scope.buffers.upload(positions.name, positionTable(shape))] as const,
          ...(Object.keys(buffers) as (keyof typeof buffers)[]).map((name) => [placed[name], buffers[name]] as const),
        ]);
        const { forward } = await bindPlan(scope, plan, scratch, { values });
        return new StudentForward(scope, options, forward, { ...buffers, streams });
      });
    } catch (error) {
      scope.destroy();
      throw error;
    }
  }

  private constructor(gpu: Gpu, options: ForwardOptions, steps: readonly Step[], buffers: ForwardBuffers) {
    this.#gpu = gpu;
    this.#options = options;
    this.#steps = steps;
    this.#buffers = buffers;
  }

  /**
   * @returns x̂0 [B, N, values], the video rows of the stream after the block [B, N, width], and, of one that reads inside, the whole
   * stream after every block [B, words + N, width]
   */
  async run({ x, t, words, given }: ForwardInput, pause: Pause) {
    const { queue } = this.#gpu.device;
    const { output, features, streams, ...written } = this.#buffers;
    queue.writeBuffer(written.x, 0, x);
    queue.writeBuffer(written.time, 0, timestepEmbedding(t, this.#options.shape.time_width));
    queue.writeBuffer(written.words, 0, Uint32Array.from(words));
    queue.writeBuffer(written.given, 0, Float32Array.from(given));
    await submitSteps(this.#gpu, "student", this.#steps, submitFlop(this.#gpu), pause);
    const read = [output, features, ...streams].map((buffer) => ({ buffer, bytes: buffer.size }));
    const [guess, stream, ...inside] = await this.#gpu.readback.readAll(read);
    return { output: guess, features: stream, streams: inside };
  }

  /** What the sampler asks of it: one clip under the prompt and, where guided, under the empty one beside it. B must be 2. */
  denoiser(words: ArrayLike<number>, given: boolean, pause: Pause): Denoise {
    const both = new Uint32Array(2 * words.length);
    both.set(Array.from(words));
    return async (x, t, guided) => {
      const twice = new Float32Array(2 * x.length);
      twice.set(x);
      twice.set(x, x.length);
      const mark = given ? 1 : 0;
      const { output } = await this.run({ x: twice, t: [t, t], words: both, given: [mark, mark] }, pause);
      const [prompt, empty] = [output.subarray(0, x.length), output.subarray(x.length)];
      return guided ? [prompt, empty] : [prompt];
    };
  }

  destroy(): void {
    this.#gpu.destroy();
  }
}
