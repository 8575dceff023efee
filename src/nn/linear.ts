import transposeTaps from "../../shaders/nn/transpose_taps.wgsl";
import { groups } from "../gpu/kernels.ts";
import { VALUE_FLOP } from "../gpu/steps.ts";
import { columnSums } from "./column_sums.ts";
import { productTask } from "./product.ts";
import { kernelTask, rowsOf, type Tape, type Tensor } from "./tape.ts";

/** A weight and its bias. */
export interface Affine {
  readonly w: Tensor;
  readonly b: Tensor;
}

/**
 * y[r, o] = b[o] + Σ_k x[r, k] w[k, o];  x [R, K], w [K, O], b [O], y [R, O].
 * @throws RangeError when K or O is not a multiple of 4, which the product reads at once
 */
export function linear(t: Tape, x: Tensor, { w, b }: Affine): Tensor {
  const { R, C: K } = rowsOf(x);
  const [, O] = w.shape;
  for (const size of [K, O]) {
    if (size % 4 > 0) {
      throw new RangeError(
        `a linear layer's sizes must be multiples of 4, got ${size}: use ${4 * Math.ceil(size / 4)}`,
      );
    }
  }
  const y = t.made("linear", [...x.shape.slice(0, -1), O], [x, w, b]);
  const forward = { form: "nn", rows: R, cols: O, depth: K, lda: K, ldb: O, ldc: O } as const;
  t.push([y], [productTask({ ...forward, A: x, B: w, bias: b, C: y })], (gradients) => {
    const dy = gradients.of(y);
    const [dw, db, dx] = [w, b, x].map((one) => gradients.to(one));
    const weight = { form: "tn", rows: K, cols: O, depth: R, lda: K, ldb: O, ldc: O } as const;
    return [
      ...(dw ? [productTask({ ...weight, A: x, B: dy, C: dw.into, accumulate: dw.add === 1 })] : []),
      ...(db ? columnSums(t, dy, db) : []),
      ...(dx ? backToInput(t, w, dy, dx) : []),
    ];
  });
  return y;
}

/** dx (+)= dy · wᵀ */
function backToInput(t: Tape, w: Tensor, dy: Tensor, dx: { readonly into: Tensor; readonly add: 0 | 1 }) {
  const [K, O] = w.shape;
  const { R } = rowsOf(dy);
  const out = t.scratch("weight transposed", [O, K]);
  const options = {
    params: { taps: 1, rows: K, cols: O },
    grid: [groups(K), O] as const,
    flop: VALUE_FLOP.plain * O * K,
  };
  const product = { form: "nn", rows: R, cols: K, depth: O, lda: O, ldb: K, ldc: K } as const;
  return [
    kernelTask(transposeTaps, { w, out }, options),
    productTask({ ...product, A: dy, B: out, C: dx.into, accumulate: dx.add === 1 }),
  ];
}
