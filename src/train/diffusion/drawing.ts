import type { Gpu } from "../../gpu/gpu.ts";
import type { Pause } from "../../gpu/steps.ts";
import type { Arena } from "../../nn/arena.ts";
import { forwardBytes, StudentForward } from "../../student/forward.ts";
import type { StudentShape } from "../../student/model.ts";
import { gaussianNoise } from "../../student/noise.ts";
import { sample } from "../../student/sampler.ts";

/** A clip to be drawn again and again, from the same noise. */
export interface DrawAsked {
  readonly prompt: string;
  readonly words: ArrayLike<number>;
  /** Of the noise. */
  readonly seed: number;
  /** Clean tokens of the first token frame [S, values]; null: from text alone. */
  readonly first: Float32Array | null;
}

export interface DrawPlan {
  readonly clips: readonly DrawAsked[];
  readonly steps: number;
}

/** Standardised latents [N, values]. */
export interface DrawnClip {
  readonly latents: Float32Array;
}

/** How the student is run to draw clips. */
const drawingOf = (shape: StudentShape) => ({ shape, B: 1, block: shape.depth, weights: "ema" }) as const;

/** Bytes of what draws, before there is any. */
export const drawingBytes = (shape: StudentShape): number => forwardBytes(drawingOf(shape));

const never = new AbortController().signal;

/** Draws clips with the averaged weights of a student in training, by its own forward. */
export class Drawing {
  readonly #student: StudentForward;
  readonly #length: number;

  private constructor(student: StudentForward, length: number) {
    this.#student = student;
    this.#length = length;
  }

  static async create(gpu: Gpu, shape: StudentShape, arena: Arena): Promise<Drawing> {
    const length = shape.frames * shape.rows ** 2 * shape.values;
    return new Drawing(await StudentForward.create(gpu, drawingOf(shape), arena), length);
  }

  async draw({ clips, steps }: DrawPlan, pause: Pause): Promise<DrawnClip[]> {
    const drawn: DrawnClip[] = [];
    for (const { words, seed, first } of clips) {
      const denoise = async (x: Float32Array, t: number) => {
        const input = { x: new Float32Array(x), t: [t], words, given: [first ? 1 : 0] };
        return [(await this.#student.run(input, pause)).output];
      };
      const noise = gaussianNoise(this.#length, seed);
      const latents = await sample(denoise, { noise, first, steps, guidance: 1, signal: never });
      drawn.push({ latents });
    }
    return drawn;
  }
}
