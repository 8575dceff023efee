import student from "../../models/student/student.json";
import { gaussianNoise } from "../student/noise.ts";
import type { Denoise } from "../student/sampler.ts";
import { alphas, NOISE_LEVELS, noised } from "../student/schedule.ts";
import { onCpu } from "./autoencoder.ts";
import { latentsOf } from "./kept_latents.ts";
import type { Noising } from "./noising.ts";
import type { EncoderContext } from "./types.ts";

const { frames: F, rows, values, width, depth, words: WORDS } = student.shape;

/** Latent tokens are [F, H, W] with H = W, `values` numbers each; features have `width`. */
export const STUDENT = {
  grid: { F, H: rows, W: rows },
  tokens: F * rows * rows,
  /** Tokens of one token frame. */
  S: rows * rows,
  values,
  width,
  depth,
  /** Trained numbers. */
  parameters: student.tensors.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0),
  /** The block whose features training aligns. */
  aligned: student.aligned,
} as const;

const IDS = new Map(student.vocabulary.map((word, id) => [word, BigInt(id)]));

export interface StudentInput {
  /** x_t [256, 48]. */
  readonly x: Float32Array;
  /** Noise level, 0 … 999. */
  readonly t: number;
  /** Word ids [12] of each prompt: one clip each, in one batch. */
  readonly words: readonly BigInt64Array[];
  /** Whether the first token frame of x is clean. */
  readonly given: boolean;
}

type Context = Omit<EncoderContext, "signal">;

/** Word ids [12] of a prompt, padded with 0; "" has none. @throws RangeError naming the word that the student never saw */
export function wordIds(prompt: string): BigInt64Array {
  const ids = new BigInt64Array(WORDS);
  const words = prompt.split(" ").filter((word) => word !== "");
  if (words.length > WORDS) throw new RangeError(`a prompt has at most ${WORDS} words, got ${words.length}: ${prompt}`);
  for (const [i, word] of words.entries()) {
    const id = IDS.get(word);
    if (id === undefined) throw new RangeError(`the student does not know the word “${word}” of “${prompt}”`);
    ids[i] = id;
  }
  return ids;
}

/** How the student takes noise out of a clip: x̂0 [256, 48]. The first token frame counts as clean where `given`. */
export const studentDenoiser =
  (prompt: string, given: boolean, context: Context): Denoise =>
  async (x, t, guided) => {
    const words = (guided ? [prompt, ""] : [prompt]).map(wordIds);
    return (await runStudent({ x, t, words, given }, ["x0"], context)).x0;
  };

/** Frames [16, 3, 64, 64] in [0, 1] as the student is shown them: latents x_t [256, 48]. */
export async function noisedLatents(
  frames: Float32Array,
  { t, given, seed }: Pick<Noising, "t" | "given" | "seed">,
  context: Context,
): Promise<Float32Array> {
  checkLevel(t);
  const x0 = await latentsOf(frames, context);
  const x = noised(x0, gaussianNoise(x0.length, seed), alphas()[t]);
  if (given) x.set(x0.subarray(0, STUDENT.S * values));
  return x;
}

/**
 * Residual streams [4, 8, 8, width] after each block of the student, shown frames [16, 3, 64, 64] in [0, 1] with noise of level t.
 * onnxruntime runs the whole network whatever is asked of it, so that one block costs as much as all.
 * @throws RangeError naming what is out of range; EncoderError, GpuError; the signal's reason when it was aborted
 */
export async function studentStreams(
  frames: Float32Array,
  prompt: string,
  noising: Omit<Noising, "block">,
  context: EncoderContext,
): Promise<Float32Array[]> {
  const { t, given } = noising;
  const x = await noisedLatents(frames, noising, context);
  context.signal.throwIfAborted();
  const outputs = Array.from({ length: depth }, (_, i) => `block${i + 1}` as const);
  const found = await runStudent({ x, t, words: [wordIds(prompt)], given }, outputs, context);
  context.signal.throwIfAborted();
  return outputs.map((output) => found[output][0]);
}

/** The outputs that are asked for, each with one for each prompt. */
export async function runStudent<Output extends "x0" | `block${number}`>(
  { x, t, words, given }: StudentInput,
  outputs: readonly Output[],
  context: Context,
): Promise<Record<Output, Float32Array[]>> {
  checkLevel(t);
  const [B, N] = [words.length, STUDENT.tokens];
  if (x.length !== N * values) throw new RangeError(`x must be [${N}, ${values}], got ${x.length} numbers`);
  const batch = new Float32Array(B * x.length);
  const ids = new BigInt64Array(B * WORDS);
  for (let b = 0; b < B; b++) {
    batch.set(x, b * x.length);
    ids.set(words[b], b * WORDS);
  }
  const inputs = {
    x: { data: batch, shape: [B, N, values] },
    t: { data: new BigInt64Array(B).fill(BigInt(t)), shape: [B] },
    words: { data: ids, shape: [B, WORDS] },
    given: { data: new Float32Array(B).fill(given ? 1 : 0), shape: [B] },
  };
  return context.models.use("student", context, async (session) => {
    const found = await session.run(inputs, outputs);
    const apart = (output: Output) => {
      const data = onCpu(found[output].data);
      const each = data.length / B;
      return words.map((_, b) => data.slice(b * each, (b + 1) * each));
    };
    return Object.fromEntries(outputs.map((output) => [output, apart(output)])) as Record<Output, Float32Array[]>;
  });
}

function checkLevel(t: number): void {
  if (Number.isInteger(t) && t >= 0 && t < NOISE_LEVELS) return;
  throw new RangeError(`t must be a whole number from 0 to ${NOISE_LEVELS - 1}, got ${t}`);
}
