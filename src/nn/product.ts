import type { Place } from "../gpu/places.ts";
import { bindProduct, type ProductOptions } from "../kernels/product.ts";
import type { Task, Tensor } from "./tape.ts";

type Sides = "A" | "B" | "C" | "bias";

/** A product of tensors as a task; its options are `bindProduct`'s. `outOf` says which part of C it writes. */
export function productTask(
  {
    A,
    B,
    C,
    bias,
    ...options
  }: Omit<ProductOptions, Sides> & {
    readonly A: Tensor;
    readonly B: Tensor;
    readonly C: Tensor;
    readonly bias?: Tensor;
  },
  outOf: (C: Place) => Place = (place) => place,
): Task {
  const { rows, cols, depth, batch = 1 } = options;
  return {
    uses: [A, B, C, ...(bias ? [bias] : [])],
    flop: 2 * batch * rows * cols * depth,
    bind: ({ gpu, at }) =>
      bindProduct(gpu, { A: at(A), B: at(B), C: outOf(at(C)), ...(bias ? { bias: at(bias) } : {}), ...options }),
  };
}
