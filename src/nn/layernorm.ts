import * as kernel from "../../shaders/nn/layernorm.wgsl";
import { groups } from "../gpu/kernels.ts";
import { VALUE_FLOP } from "../gpu/steps.ts";
import { columnSums } from "./column_sums.ts";
import type { Affine } from "./linear.ts";
import { kernelTask, lengthOf, type Tape, type Tensor } from "./tape.ts";

/** y[r, c] = (x[r, c] − mean[r]) · rstd[r] · w[c] + b[c];  x, y rows of C values, w, b [C]. Heads count as rows. */
export function layernorm(t: Tape, x: Tensor, { w, b }: Affine, eps = 1e-5): Tensor {
  const C = lengthOf(w);
  const R = lengthOf(x) / C;
  const y = t.made("layernorm", x.shape, [x, w, b]);
  const stats = t.scratch("layernorm statistics", [R, 2]);
  const options = (add: 0 | 1) => ({
    params: { R, C, eps, add },
    grid: [groups(R)] as const,
    flop: VALUE_FLOP.plain * R * C,
  });
  t.push([y], [kernelTask(kernel.forward, { x, w, b, y, stats }, options(0))], (gradients) => {
    const dy = gradients.of(y);
    const [dw, db, to] = [w, b, x].map((one) => gradients.to(one));
    // The kernel makes both; where x takes none, it goes nowhere.
    const dx = to ?? { into: t.scratch("layernorm unused", x.shape), add: 0 };
    const dh = t.scratch("layernorm weight gradient", x.shape);
    return [
      kernelTask(kernel.backward, { x, w, dy, dx: dx.into, kept: stats, dh }, options(dx.add)),
      ...(dw ? columnSums(t, dh, dw) : []),
      ...(db ? columnSums(t, dy, db) : []),
    ];
  });
  return y;
}
