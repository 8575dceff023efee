import * as softmax from "../../shaders/nn/softmax.wgsl";
import transposeHeads from "../../shaders/nn/transpose_heads.wgsl";
import { groups } from "../gpu/kernels.ts";
import { VALUE_FLOP } from "../gpu/steps.ts";
import { productTask } from "./product.ts";
import { kernelTask, lengthOf, type Tape, type Task, type Tensor } from "./tape.ts";

/** B clips of T tokens of `heads` times d channels. */
interface Sizes {
  readonly B: number;
  readonly T: number;
  readonly heads: number;
  readonly d: number;
}

/**
 * Attention of all tokens of a clip to all of them, without mask, scale 1/√d:
 *   P = softmax(q kᵀ / √d),  y = P v;   q, k, v, y [B, T, heads · d]
 * P is stored: at the sandbox's sizes it is 2 MB a block. The backward has no atomics: row sums of P · dP inside softmax's, then
 * dq = dS k, dk = dSᵀ q, dv = Pᵀ dy.
 * @throws RangeError when T or d is not a multiple of 4, which the product reads at once
 */
export function attention(t: Tape, q: Tensor, k: Tensor, v: Tensor, heads: number): Tensor {
  const [B, T, C] = q.shape;
  const sizes = { B, T, heads, d: C / heads };
  for (const [name, size] of Object.entries({ "tokens of a clip": T, "channels of a head": sizes.d })) {
    if (size % 4 > 0) throw new RangeError(`${name} must be a multiple of 4, got ${size}`);
  }
  const y = t.made("attention", q.shape, [q, k, v]);
  const turned = (name: string) => t.scratch(name, [B * heads, sizes.d, T]);
  const square = (name: string) => t.scratch(name, [B * heads, T, T]);
  const [kt, vt] = ["k transposed", "v transposed"].map(turned);
  const [S, P] = ["logits", "shares"].map(square);
  const rows = { rows: B * heads * T, cols: T, scale: 1 / Math.sqrt(sizes.d) };
  const soft = { params: rows, grid: [groups(rows.rows)] as const, flop: VALUE_FLOP.exponential * rows.rows * T };
  const forward = [
    transposed(k, kt, sizes),
    towards(q, kt, S, sizes),
    kernelTask(softmax.forward, { S, P }, soft),
    along("nn", P, v, { into: y, add: 0 }, sizes),
  ];
  t.push([y], forward, (gradients) => {
    const dy = gradients.of(y);
    const [dq, dk, dv] = [q, k, v].map((one) => gradients.to(one));
    const [dP, dS] = ["d shares", "d logits"].map(square);
    return [
      ...(dv ? [along("tn", P, dy, dv, sizes)] : []),
      transposed(v, vt, sizes),
      towards(dy, vt, dP, sizes),
      kernelTask(softmax.backward, { shares: P, dP, dS }, { ...soft, flop: VALUE_FLOP.plain * rows.rows * T }),
      ...(dq ? [along("nn", dS, k, dq, sizes)] : []),
      ...(dk ? [along("tn", dS, q, dk, sizes)] : []),
    ];
  });
  return y;
}

/** x [B, T, heads · d] to [B · heads, d, T]. */
function transposed(x: Tensor, out: Tensor, { B, T, heads, d }: Sizes): Task {
  return kernelTask(
    transposeHeads,
    { tokens: x, apart: out },
    { params: { T, channels: heads * d }, grid: [groups(T), heads * d, B], flop: VALUE_FLOP.plain * lengthOf(x) },
  );
}

/** C [T, T] = A [T, d] · Bt [d, T], head by head; those of A lie side by side in [B, T, heads · d]. */
function towards(A: Tensor, Bt: Tensor, C: Tensor, { B, T, heads, d }: Sizes): Task {
  const strides = { lda: heads * d, ldb: T, ldc: T, stride_a: d, stride_b: T * d, stride_c: T * T };
  const outer = { inner: heads, a: T * heads * d, b: heads * T * d, c: heads * T * T };
  return productTask({ form: "nn", rows: T, cols: T, depth: d, batch: B * heads, outer, A, B: Bt, C, ...strides });
}

/** C [T, d] (+)= A [T, T] · side [T, d], or Aᵀ · side, head by head; those of C and of the side lie side by side in [B, T, heads · d]. */
function along(
  form: "nn" | "tn",
  A: Tensor,
  side: Tensor,
  { into: C, add }: { readonly into: Tensor; readonly add: 0 | 1 },
  { B, T, heads, d }: Sizes,
): Task {
  const strides = { lda: T, ldb: heads * d, ldc: heads * d, stride_a: T * T, stride_b: d, stride_c: d };
  const outer = { inner: heads, a: heads * T * T, b: T * heads * d, c: T * heads * d };
  const product = { rows: T, cols: d, depth: T, batch: B * heads, outer, ...strides };
  return productTask({ form, A, B: side, C, accumulate: add === 1, ...product });
}
