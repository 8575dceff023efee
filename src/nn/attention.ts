import * as layout from "../../shaders/nn/heads.wgsl";
import * as softmax from "../../shaders/nn/softmax.wgsl";
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
  const apart = (name: string) => t.scratch(name, [B * heads, T, sizes.d]);
  const square = (name: string) => t.scratch(name, [B * heads, T, T]);
  const [qs, ks, vs, kt, vt, ys] = ["q", "k", "v", "k transposed", "v transposed", "y"].map(apart);
  const [S, P] = ["logits", "shares"].map(square);
  const rows = { rows: B * heads * T, cols: T, scale: 1 / Math.sqrt(sizes.d) };
  const soft = { params: rows, grid: [groups(rows.rows)] as const, flop: VALUE_FLOP.exponential * rows.rows * T };
  const forward = [
    split(q, qs, sizes),
    split(k, kt, sizes, true),
    split(v, vs, sizes),
    towards(qs, kt, S, sizes),
    kernelTask(softmax.forward, { S, P }, soft),
    along(P, vs, ys, sizes, "nn"),
    merge(ys, y, sizes, 0),
  ];
  t.push([y], forward, (gradients) => {
    const dy = gradients.of(y);
    const [dq, dk, dv] = [q, k, v].map((one) => gradients.to(one));
    const [dys, parts] = ["dy", "gradient of a side"].map(apart);
    const [dP, dS] = ["d shares", "d logits"].map(square);
    const back = (dx: typeof dq, task: Task) => (dx ? [task, merge(parts, dx.into, sizes, dx.add)] : []);
    return [
      split(dy, dys, sizes),
      ...back(dv, along(P, dys, parts, sizes, "tn")),
      split(v, vt, sizes, true),
      towards(dys, vt, dP, sizes),
      kernelTask(softmax.backward, { shares: P, dP, dS }, { ...soft, flop: VALUE_FLOP.plain * rows.rows * T }),
      split(k, ks, sizes),
      ...back(dq, along(dS, ks, parts, sizes, "nn")),
      ...back(dk, along(dS, qs, parts, sizes, "tn")),
    ];
  });
  return y;
}

/** x [B, T, heads · d] to [B · heads, T, d], or to [B · heads, d, T]. */
function split(x: Tensor, out: Tensor, { B, T, heads, d }: Sizes, transposed = false): Task {
  const [side, rows] = transposed ? [T, B * heads * d] : [d, B * heads * T];
  return kernelTask(
    transposed ? layout.split_transposed : layout.split,
    { tokens: x, apart: out },
    { params: { T, heads, d, add: 0 }, grid: [groups(side), rows], flop: VALUE_FLOP.plain * lengthOf(x) },
  );
}

/** The inverse, = or +=. */
function merge(y: Tensor, out: Tensor, { B, T, heads, d }: Sizes, add: 0 | 1): Task {
  return kernelTask(
    layout.merge,
    { from_heads: y, merged: out },
    { params: { T, heads, d, add }, grid: [groups(heads * d), B * T], flop: VALUE_FLOP.plain * lengthOf(y) },
  );
}

/** C [T, T] = A [T, d] · Bt [d, T], head by head. */
function towards(A: Tensor, Bt: Tensor, C: Tensor, { B, T, heads, d }: Sizes): Task {
  const strides = { lda: d, ldb: T, ldc: T, stride_a: T * d, stride_b: T * d, stride_c: T * T };
  return productTask({ form: "nn", rows: T, cols: T, depth: d, batch: B * heads, A, B: Bt, C, ...strides });
}

/** C [T, d] = A [T, T] · B [T, d], or Aᵀ · B, head by head. */
function along(A: Tensor, side: Tensor, C: Tensor, { B, T, heads, d }: Sizes, form: "nn" | "tn"): Task {
  const strides = { lda: T, ldb: d, ldc: d, stride_a: T * T, stride_b: T * d, stride_c: T * d };
  return productTask({ form, rows: T, cols: d, depth: T, batch: B * heads, A, B: side, C, ...strides });
}
