import * as sum from "../../shaders/nn/add.wgsl";
import * as gateKernel from "../../shaders/nn/gate.wgsl";
import * as kernel from "../../shaders/nn/modulate.wgsl";
import { foldRows, groups } from "../gpu/kernels.ts";
import { VALUE_FLOP } from "../gpu/steps.ts";
import { kernelTask, lengthOf, type Tape, type Tensor } from "./tape.ts";

/** How many of a clip's first rows are the prompt's, which take the second half of the modulation; 0: there are none. */
export interface Kinds {
  readonly text: number;
}

/** Sizes of rows x [B, T, C] whose modulation is m [B, ld]. */
function sizesOf(x: Tensor, m: Tensor) {
  const [B, ld] = m.shape;
  const C = x.shape.at(-1) ?? 1;
  const T = lengthOf(x) / (B * C);
  return { B, T, C, ld };
}

/**
 * adaLN: y = x (1 + scale) + shift, both of which come from t;  x, y [B, T, C],  m [B, k C] as shift, scale, … of video rows, then,
 * with k = 6, the same of prompt rows.
 */
export function modulate(t: Tape, x: Tensor, m: Tensor, { text }: Kinds): Tensor {
  const { B, T, C, ld } = sizesOf(x, m);
  const y = t.made("modulate", x.shape, [x, m]);
  const params = { B, T, C, ld, text, text_at: ld / 2 };
  const rows = { grid: [groups(C), B * T] as const, flop: VALUE_FLOP.plain * lengthOf(x) };
  t.push([y], [kernelTask(kernel.forward, { x, m, y }, { params: { ...params, add: 0 }, ...rows })], (gradients) => {
    const dy = gradients.of(y);
    const [dx, dm] = [x, m].map((one) => gradients.to(one));
    const columns = { grid: [groups(ld), B] as const, flop: 4 * lengthOf(x) };
    return [
      ...(dx
        ? [kernelTask(kernel.backward, { m, dy, dx: dx.into }, { params: { ...params, add: dx.add }, ...rows })]
        : []),
      ...(dm
        ? [kernelTask(kernel.backward_m, { x, dy, dm: dm.into }, { params: { ...params, add: dm.add }, ...columns })]
        : []),
    ];
  });
  return y;
}

/**
 * x + gate · y, a branch of the residual stream;  x, y [B, T, C],  m [B, 6 C] whose third part is the gate of video rows and whose
 * sixth that of prompt rows.
 */
export function gated(t: Tape, x: Tensor, y: Tensor, m: Tensor, { text }: Kinds): Tensor {
  const { B, T, C, ld } = sizesOf(x, m);
  const out = t.made("gated", x.shape, [x, y, m]);
  const n = lengthOf(x);
  const params = { B, T, C, ld, text, text_at: 5 * C, video_at: 2 * C };
  const rows = { grid: [groups(C), B * T] as const, flop: VALUE_FLOP.plain * n };
  const forward = kernelTask(gateKernel.forward, { x, y, m, out }, { params: { ...params, add: 0 }, ...rows });
  t.push([out], [forward], (gradients) => {
    const dout = gradients.of(out);
    const [dx, dy, dm] = [x, y, m].map((one) => gradients.to(one));
    const plain = { grid: foldRows(groups(n)), flop: n };
    const columns = { grid: [groups(ld), B] as const, flop: 4 * n };
    return [
      ...(dx ? [kernelTask(sum.backward, { dy: dout, dx: dx.into }, { params: { n, add: dx.add }, ...plain })] : []),
      ...(dy
        ? [kernelTask(gateKernel.backward, { m, dout, dy: dy.into }, { params: { ...params, add: dy.add }, ...rows })]
        : []),
      ...(dm
        ? [
            kernelTask(
              gateKernel.backward_m,
              { y, dout, dm: dm.into },
              { params: { ...params, add: dm.add }, ...columns },
            ),
          ]
        : []),
    ];
  });
  return out;
}
