import { conv3d, conv3dBackward } from "./conv3d.ts";
import { type Affine, linear, linearBackward } from "./linear.ts";
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
 * @param x [B·F·H·W, inputs], layers: the four of them
 * @returns y [B·F·H·W, outputs] and `backward`, from dy to the gradients of each layer
 */
export function projector(x: ArrayLike<number>, layers: readonly Affine[], shape: ProjectorShape) {
  const { B, F, H, W, inputs, hidden, outputs } = shape;
  const R = B * F * H * W;
  const conv = { B, F, H, W, Ci: hidden[2], Co: outputs, stride: 1, pad: 1 };
  const sizes = [inputs, ...hidden];
  const size = (i: number) => ({ R, K: sizes[i], O: sizes[i + 1] });
  const p1 = linear(x, layers[0], size(0));
  const h1 = silu(p1);
  const p2 = linear(h1, layers[1], size(1));
  const h2 = silu(p2);
  const p3 = linear(h2, layers[2], size(2));
  const backward = (dy: ArrayLike<number>): { dw: Float64Array; db: Float64Array }[] => {
    const fourth = conv3dBackward(p3, layers[3].w, dy, conv);
    const third = linearBackward(h2, layers[2].w, fourth.dx, size(2));
    const second = linearBackward(h1, layers[1].w, siluBackward(p2, third.dx), size(1));
    const first = linearBackward(x, layers[0].w, siluBackward(p1, second.dx), size(0));
    return [first, second, third, fourth];
  };
  return { y: conv3d(p3, layers[3], conv), backward };
}
