import * as slice from "../../shaders/nn/slice_rows.wgsl";
import * as kernel from "../../shaders/nn/stream.wgsl";
import { groups } from "../gpu/kernels.ts";
import { VALUE_FLOP } from "../gpu/steps.ts";
import { kernelTask, lengthOf, type Tape, type Tensor } from "./tape.ts";

/** What a student's residual stream starts from. */
export interface StreamInput {
  /** Embedded video tokens [B, N, C]. */
  readonly x: Tensor;
  /** Table of positions [N, C]: data. */
  readonly positions: Tensor;
  /** Whole numbers (u32) [B, L]: data. */
  readonly words: Tensor;
  /** 1 where a clip's first token frame is clean, else 0 [B]: data. */
  readonly given: Tensor;
  /** Prompt embedding [V, C] and the positions of words [L, C]. */
  readonly table: Tensor;
  readonly places: Tensor;
  /** What marks a given token [C]. */
  readonly mark: Tensor;
}

/** h [B, L + N, C]: the prompt's rows, then the video's. `spots`: tokens of the first frame. */
export function stream(
  t: Tape,
  { x, positions, words, given, table, places, mark }: StreamInput,
  spots: number,
): Tensor {
  const [B, N, C] = x.shape;
  const [L, V] = [places.shape[0], table.shape[0]];
  const h = t.made("stream", [B, L + N, C], [x, table, places, mark]);
  const options = (rows: number, add: 0 | 1 = 0, reads = 1) => ({
    params: { B, L, N, S: spots, C, V, add },
    grid: [groups(C), rows] as const,
    flop: VALUE_FLOP.plain * rows * C * reads,
  });
  const forward = [
    kernelTask(kernel.text, { words, table, places, h }, options(B * L)),
    kernelTask(kernel.video, { given, mark, positions, x, h }, options(B * N)),
  ];
  t.push([h], forward, (gradients) => {
    const dh = gradients.of(h);
    const [dx, dtable, dplaces, dmark] = [x, table, places, mark].map((one) => gradients.to(one));
    return [
      ...(dx ? [kernelTask(kernel.to_x, { dh, d: dx.into }, options(B * N, dx.add))] : []),
      ...(dtable ? [kernelTask(kernel.to_table, { words, dh, d: dtable.into }, options(V, dtable.add))] : []),
      ...(dplaces ? [kernelTask(kernel.to_places, { dh, d: dplaces.into }, options(L, dplaces.add, B))] : []),
      ...(dmark ? [kernelTask(kernel.to_mark, { given, dh, d: dmark.into }, options(1, dmark.add, B * spots))] : []),
    ];
  });
  return h;
}

/** The last rows of each clip: x [B, first + N, C] to y [B, ...sides, C], N the product of `sides`. */
export function lastRows(t: Tape, x: Tensor, sides: readonly number[]): Tensor {
  const [B, all, C] = x.shape;
  const N = sides.reduce((a, b) => a * b, 1);
  const y = t.made("video rows", [B, ...sides, C], [x]);
  const options = (rows: number, add: 0 | 1) => ({
    params: { rows, first: all - N, N, C, add },
    grid: [groups(C), rows] as const,
    flop: VALUE_FLOP.plain * rows * C,
  });
  t.push([y], [kernelTask(slice.forward, { x, y }, options(B * N, 0))], (gradients) => {
    const dx = gradients.to(x);
    if (!dx) return [];
    return [kernelTask(slice.backward, { dy: gradients.of(y), dx: dx.into }, options(lengthOf(x) / C, dx.add))];
  });
  return y;
}
