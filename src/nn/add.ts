import * as kernel from "../../shaders/nn/add.wgsl";
import { foldRows, groups } from "../gpu/kernels.ts";
import { kernelTask, lengthOf, type Tape, type Tensor } from "./tape.ts";

/** y = a + b, of one shape. */
export function add(t: Tape, a: Tensor, b: Tensor): Tensor {
  const n = lengthOf(a);
  const y = t.made("sum", a.shape, [a, b]);
  const shared = { grid: foldRows(groups(n)), flop: n };
  t.push([y], [kernelTask(kernel.forward, { a, b, y }, { params: { n, add: 0 }, ...shared })], (gradients) =>
    [a, b].flatMap((x) => {
      const dx = gradients.to(x);
      if (!dx) return [];
      const tensors = { dy: gradients.of(y), dx: dx.into };
      return [kernelTask(kernel.backward, tensors, { params: { n, add: dx.add }, ...shared })];
    }),
  );
  return y;
}
