import * as geluKernel from "../../shaders/nn/gelu.wgsl";
import * as siluKernel from "../../shaders/nn/silu.wgsl";
import { foldRows, groups } from "../gpu/kernels.ts";
import { VALUE_FLOP } from "../gpu/steps.ts";
import { kernelTask, lengthOf, type Tape, type Tensor } from "./tape.ts";

/** A function of each value by itself, with its own kernel. */
const activation =
  (name: string, kernel: typeof geluKernel | typeof siluKernel, flop: number) =>
  (t: Tape, x: Tensor): Tensor => {
    const n = lengthOf(x);
    const y = t.made(name, x.shape, [x]);
    const shared = { grid: foldRows(groups(n)), flop: flop * n };
    t.push([y], [kernelTask(kernel.forward, { x, y }, { params: { n, add: 0 }, ...shared })], (gradients) => {
      const dx = gradients.to(x);
      if (!dx) return [];
      const tensors = { x, dy: gradients.of(y), dx: dx.into };
      return [kernelTask(kernel.backward, tensors, { params: { n, add: dx.add }, ...shared })];
    });
    return y;
  };

/** y = GELU(x) by its tanh approximation. */
export const gelu = activation("gelu", geluKernel, VALUE_FLOP.exponential);

/** y = x · σ(x) */
export const silu = activation("silu", siluKernel, VALUE_FLOP.plain);
