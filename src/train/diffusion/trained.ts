import type { FileTensor } from "../../formats/safetensors.ts";
import { type Gpu, openScope } from "../../gpu/gpu.ts";
import { Readback } from "../../gpu/readback.ts";
import type { Pause } from "../../gpu/steps.ts";
import { Arena, ArenaLayout } from "../../nn/arena.ts";
import { lengthOf } from "../../nn/tape.ts";
import { studentParameters } from "../../student/definition.ts";
import { type ForwardInput, StudentForward } from "../../student/forward.ts";
import type { StudentShape } from "../../student/model.ts";
import { checkFinite, fromFile } from "../../student/parameters.ts";
import type { Denoise } from "../../student/sampler.ts";
import { AVERAGED, averagedPrefix } from "./averaged.ts";

/** Of a file's tensors what `load` reads: without the moments, and the weights as they are where there are averaged ones. */
export function loadedTensors(tensors: ReadonlyMap<string, FileTensor>): ReadonlyMap<string, FileTensor> {
  const averaged = new Map([...tensors].filter(([name]) => name.startsWith(AVERAGED)));
  return averaged.size > 0 ? averaged : tensors;
}

/** The weights that draw, in the arena's order. @throws Error naming a tensor that is missing or of another shape */
function drawingWeights(tensors: ReadonlyMap<string, FileTensor>, shape: StudentShape) {
  const parameters = studentParameters(shape);
  const prefix = averagedPrefix(tensors, parameters[0].name);
  return parameters.map((parameter) => ({ parameter, values: fromFile(parameter, tensors, prefix) }));
}

/** Checks that every weight that draws is there and finite. @throws Error naming the first tensor of which that is not so */
export function checkDraws(tensors: ReadonlyMap<string, FileTensor>, shape: StudentShape): void {
  for (const { parameter, values } of drawingWeights(tensors, shape)) checkFinite(parameter.name, values);
}

/** A student from a file on the GPU, as its own forward runs it: it draws, and is looked into, without an export. */
export class TrainedStudent {
  readonly #scope: Gpu;
  readonly #shape: StudentShape;
  readonly #forward: StudentForward;
  /** Trained numbers. */
  readonly parameters: number;

  private constructor(scope: Gpu, shape: StudentShape, forward: StudentForward, parameters: number) {
    this.#scope = scope;
    this.#shape = shape;
    this.#forward = forward;
    this.parameters = parameters;
  }

  /**
   * @param tensors a student's, by PyTorch's names; of a run's checkpoint the averaged weights are taken
   * @param B clips at once: 2 where it draws, one under the sentence and, where it is guided, one under none
   * @param inside whether it is looked into, block by block
   * @throws Error naming a tensor that is missing or of another shape; GpuError. Nothing stays allocated then
   */
  static async load(
    gpu: Gpu,
    tensors: ReadonlyMap<string, FileTensor>,
    shape: StudentShape,
    { B, inside }: { readonly B: number; readonly inside: boolean } = { B: 2, inside: false },
  ): Promise<TrainedStudent> {
    const parameters = studentParameters(shape);
    const layout = new ArenaLayout(parameters, () => "all");
    const values = new Float32Array(layout.length);
    for (const { parameter, values: stored } of drawingWeights(tensors, shape)) {
      layout.view(values, parameter.name).set(stored);
    }
    const shared = openScope(gpu);
    // What it is read through, as large as all its blocks where it is looked into, goes with it.
    const scope = { ...shared, readback: new Readback(shared.buffers) };
    try {
      const arena = new Arena(scope, layout);
      const zeros = new Float32Array(layout.length);
      arena.write({ parameters: values, m: zeros, v: zeros, ema: values });
      const options = { shape, B, inside, block: shape.depth, weights: "parameters" } as const;
      const count = parameters.reduce((sum, parameter) => sum + lengthOf(parameter), 0);
      return new TrainedStudent(scope, shape, await StudentForward.create(scope, options, arena), count);
    } catch (error) {
      scope.destroy();
      throw error;
    }
  }

  /** How it takes noise out of a clip of a sentence, given as word ids. */
  denoiser(words: ArrayLike<number>, given: boolean, pause: Pause): Denoise {
    return this.#forward.denoiser(words, given, pause);
  }

  /** The video's rows of the stream after each block [N, width], of one that looks inside at one clip. */
  async streams(input: ForwardInput, pause: Pause): Promise<Float32Array[]> {
    const { words, width } = this.#shape;
    return (await this.#forward.run(input, pause)).streams.map((stream) => stream.slice(words * width));
  }

  destroy(): void {
    this.#forward.destroy();
    this.#scope.destroy();
  }
}
