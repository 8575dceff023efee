import { gelu, silu } from "../nn/activation.ts";
import { attention } from "../nn/attention.ts";
import { layernorm } from "../nn/layernorm.ts";
import { linear } from "../nn/linear.ts";
import { gated, type Kinds, modulate } from "../nn/modulate.ts";
import { lastRows, stream } from "../nn/stream.ts";
import type { Tape, Tensor } from "../nn/tape.ts";
import type { Weights } from "./parameters.ts";

/** F × rows² video tokens of `values` numbers each; as `student.json` has it. */
export interface StudentShape {
  readonly values: number;
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  readonly frames: number;
  readonly rows: number;
  readonly time_width: number;
  readonly words: number;
  readonly vocabulary: number;
}

/** What a student reads, B clips at once. */
export interface StudentInput {
  /** Noised tokens [B, N, values]. */
  readonly x: Tensor;
  /** Sinusoids of t [B, time_width] (`timestepEmbedding`). */
  readonly time: Tensor;
  /** Whole numbers (u32) [B, words]. */
  readonly words: Tensor;
  /** [B]: 1 where the first token frame of x is clean. */
  readonly given: Tensor;
  /** Table [N, width] (`positionTable`). */
  readonly positions: Tensor;
}

export const studentInput = (t: Tape, B: number, shape: StudentShape): StudentInput => {
  const N = shape.frames * shape.rows ** 2;
  return {
    x: t.data("noised tokens", [B, N, shape.values]),
    time: t.data("sinusoids of t", [B, shape.time_width]),
    words: t.data("words", [B, shape.words]),
    given: t.data("given", [B]),
    positions: t.data("positions", [N, shape.width]),
  };
};

/**
 * The small CogVideoX, as models/pretrain/nets/student.py has it: joint attention over prompt and video rows of one stream, adaLN on
 * t, predicts x0.
 * @param block features are taken after so many blocks, 1 … depth
 * @returns streams [B, words + N, width] after each block; features [B, F, rows, rows, width], the video rows of the block's; output x0 [B, F, rows, rows, values]
 */
export function student(
  t: Tape,
  input: StudentInput,
  { layer, tensor }: Weights,
  shape: StudentShape,
  block: number = shape.depth,
): { readonly features: Tensor; readonly streams: readonly Tensor[]; readonly output: Tensor } {
  const kinds = { text: shape.words };
  const embedded = linear(
    t,
    silu(t, linear(t, input.time, layer("time_embedding.linear_1"))),
    layer("time_embedding.linear_2"),
  );
  const time = silu(t, embedded);
  let h = stream(
    t,
    {
      ...input,
      x: linear(t, input.x, layer("proj")),
      table: tensor("text_embedding"),
      places: tensor("text_positions"),
      mark: tensor("given"),
    },
    shape.rows ** 2,
  );
  const streams: Tensor[] = [];
  for (let i = 0; i < shape.depth; i++) {
    const part = (name: string) => layer(`transformer_blocks.${i}.${name}`);
    const joint = (x: Tensor) => jointAttention(t, x, part, shape.heads);
    h = branch(t, h, time, part, "norm1", kinds, joint);
    h = branch(t, h, time, part, "norm2", kinds, (x) =>
      linear(t, gelu(t, linear(t, x, part("ff.fc1"))), part("ff.fc2")),
    );
    streams.push(h);
  }
  const last = videoRows(t, h, shape);
  // Apart from `last` even after the last block: what an alignment loss sends back is then a gradient of its own.
  const features = videoRows(t, streams[block - 1], shape);
  const normed = layernorm(t, layernorm(t, last, layer("norm_final"), 1e-5), layer("norm_out.norm"), 1e-5);
  const output = linear(
    t,
    modulate(t, normed, linear(t, time, layer("norm_out.linear")), { text: 0 }),
    layer("proj_out"),
  );
  return { features, streams, output };
}

/** The video's rows of a stream, [B, F, rows, rows, width]. */
export const videoRows = (t: Tape, stream: Tensor, { frames, rows }: StudentShape): Tensor =>
  lastRows(t, stream, [frames, rows, rows]);

/**
 * Whether a parameter has a gradient. One vector added to every key moves all logits of a query alike, which softmax does not see: the
 * gradient of that bias is 0, and computed it would be rounding errors alone, which Adam scales up to whole steps.
 */
export const learns = (name: string): boolean => !name.endsWith("attn1.norm_k.bias");

type Part = (name: string) => ReturnType<Weights["layer"]>;

/** h + gate · layer(adaLN(h)); shift, scale and gate come from t, those of prompt and video rows apart. */
function branch(
  t: Tape,
  h: Tensor,
  time: Tensor,
  part: Part,
  norm: string,
  kinds: Kinds,
  inner: (x: Tensor) => Tensor,
): Tensor {
  const m = linear(t, time, part(`${norm}.linear`));
  return gated(t, h, inner(modulate(t, layernorm(t, h, part(`${norm}.norm`), 1e-5), m, kinds)), m, kinds);
}

/** Attention over all rows of a clip, with LayerNorm on q and k of each head. */
function jointAttention(t: Tape, x: Tensor, part: Part, heads: number): Tensor {
  const q = layernorm(t, linear(t, x, part("attn1.to_q")), part("attn1.norm_q"), 1e-6);
  const k = layernorm(t, linear(t, x, part("attn1.to_k")), part("attn1.norm_k"), 1e-6);
  return linear(t, attention(t, q, k, linear(t, x, part("attn1.to_v")), heads), part("attn1.to_out"));
}
