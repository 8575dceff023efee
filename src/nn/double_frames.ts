import * as kernel from "../../shaders/nn/double_frames.wgsl";
import { groups } from "../gpu/kernels.ts";
import { VALUE_FLOP } from "../gpu/steps.ts";
import { kernelTask, lengthOf, type Tape, type Tensor } from "./tape.ts";

/** Linear ×2 in time:  x [clips, F, …] to y [clips, 2F, …]. */
export function doubleFrames(t: Tape, x: Tensor): Tensor {
  const [clips, frames, ...rest] = x.shape;
  const row = rest.reduce((a, b) => a * b, 1);
  const y = t.made("double frames", [clips, 2 * frames, ...rest], [x]);
  const options = (all: number, add: 0 | 1) => ({
    params: { frames, all, row, add },
    grid: [groups(row), all] as const,
    flop: VALUE_FLOP.plain * all * row,
  });
  t.push([y], [kernelTask(kernel.forward, { x, y }, options(lengthOf(y) / row, 0))], (gradients) => {
    const dx = gradients.to(x);
    if (!dx) return [];
    const tensors = { dy: gradients.of(y), dx: dx.into };
    return [kernelTask(kernel.backward, tensors, options(clips * frames, dx.add))];
  });
  return y;
}
