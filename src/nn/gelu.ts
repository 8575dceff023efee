import * as kernel from "../../shaders/nn/gelu.wgsl";
import { foldRows, groups } from "../gpu/kernels.ts";
import { VALUE_FLOP } from "../gpu/steps.ts";
import { kernelTask, lengthOf, type Tape, type Tensor } from "./tape.ts";

/** y = GELU(x) by its tanh approximation, value by value. */
export function gelu(t: Tape, x: Tensor): Tensor {
  const n = lengthOf(x);
  const y = t.made("gelu", x.shape, [x]);
  const shared = { grid: foldRows(groups(n)), flop: VALUE_FLOP.exponential * n };
  t.push([y], [kernelTask(kernel.forward, { x, y }, { params: { n, add: 0 }, ...shared })], (gradients) => {
    const dx = gradients.to(x);
    if (!dx) return [];
    const tensors = { x, dy: gradients.of(y), dx: dx.into };
    return [kernelTask(kernel.backward, tensors, { params: { n, add: dx.add }, ...shared })];
  });
  return y;
}
