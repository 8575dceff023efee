import { silu } from "../nn/activation.ts";
import { type Clips, conv3d, TAPS } from "../nn/conv3d.ts";
import { doubleFrames } from "../nn/double_frames.ts";
import { linear } from "../nn/linear.ts";
import type { Tape, Tensor } from "../nn/tape.ts";
import { affine, type StudentParameter, type Weights } from "./parameters.ts";

/** Three linear layers with SiLU between, then a Conv3d 3×3×3 on the token grid (docs/method.md section 5). */
export interface ProjectorConfig {
  readonly inputs: number;
  readonly hidden: readonly [number, number, number];
  readonly outputs: number;
}

/** The projector's parameters in their order; everything that holds them goes by this list. */
export function projectorParameters({ inputs, hidden: [a, b, c], outputs }: ProjectorConfig): StudentParameter[] {
  return [
    ...affine("linear1", "linear", [inputs, a]),
    ...affine("linear2", "linear", [a, b]),
    ...affine("linear3", "linear", [b, c]),
    ...affine("conv", "conv", [TAPS, c, outputs]),
  ];
}

/** The part that takes every token by itself:  x [tokens, inputs] to [tokens, hidden 3]. */
export function trunk(t: Tape, x: Tensor, weights: Weights["layer"]): Tensor {
  const first = silu(t, linear(t, x, weights("linear1")));
  const second = silu(t, linear(t, first, weights("linear2")));
  return linear(t, second, weights("linear3"));
}

/** x [tokens, inputs] to [clips, frames, H, W, outputs] */
export const projector = (t: Tape, x: Tensor, weights: Weights["layer"], where: Clips): Tensor =>
  conv3d(t, trunk(t, x, weights), weights("conv"), where);

/** x [clips, frames, H, W, inputs] to [clips, 2 · frames, H, W, outputs]: for a teacher with twice the token frames. */
export function doublingProjector(t: Tape, x: Tensor, weights: Weights["layer"]): Tensor {
  const [clips, frames, H, W] = x.shape;
  return conv3d(t, doubleFrames(t, trunk(t, x, weights)), weights("conv"), { clips, frames: 2 * frames, H, W });
}
