import { conv3d, conv3dBackward } from "./conv3d.ts";
import { linear, linearBackward } from "./linear.ts";
import { silu, siluBackward } from "./silu.ts";

/** B clips of F frames of H×W tokens with `inputs` channels; three hidden sizes; `outputs` channels come out. */
export interface ProjectorShape {
  readonly B: number;
  readonly F: number;
  readonly H: number;
  readonly W: number;
  readonly inputs: number;
  readonly hidden: readonly [number, number, number];
  readonly outputs: number;
}

/**
 * The projector of docs/method.md section 5: linear, SiLU, linear, SiLU, linear, Conv3d.
 * @param x [B·F·H·W, inputs], weights: the four layers', each with its bias as the last row
 * @returns y [B·F·H·W, outputs] and `backward`, from dy to the gradient of each weight
 */
export function projector(x: ArrayLike<number>, weights: readonly ArrayLike<number>[], shape: ProjectorShape) {
  const { B, F, H, W, inputs, hidden, outputs } = shape;
  const R = B * F * H * W;
  const conv = { B, F, H, W, Ci: hidden[2], Co: outputs, stride: 1, pad: 1 };
  const p1 = linear(x, weights[0], R, inputs, hidden[0]);
  const h1 = silu(p1);
  const p2 = linear(h1, weights[1], R, hidden[0], hidden[1]);
  const h2 = silu(p2);
  const p3 = linear(h2, weights[2], R, hidden[1], hidden[2]);
  const backward = (dy: ArrayLike<number>): Float64Array[] => {
    const fourth = conv3dBackward(p3, weights[3], dy, conv);
    const third = linearBackward(h2, weights[2], fourth.dx, R, hidden[1], hidden[2]);
    const second = linearBackward(h1, weights[1], siluBackward(p2, third.dx), R, hidden[0], hidden[1]);
    const first = linearBackward(x, weights[0], siluBackward(p1, second.dx), R, inputs, hidden[0]);
    return [first.dw, second.dw, third.dw, fourth.dw];
  };
  return { y: conv3d(p3, weights[3], conv), backward };
}
