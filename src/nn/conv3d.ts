import transposeTaps from "../../shaders/nn/transpose_taps.wgsl";
import unfold3d from "../../shaders/nn/unfold3d.wgsl";
import { groups, MAX_DIMENSION } from "../gpu/kernels.ts";
import { bindingOf } from "../gpu/places.ts";
import { cutRange, dispatch, submitFlop, VALUE_FLOP } from "../gpu/steps.ts";
import { ceil4 } from "../kernels/product.ts";
import { columnSums } from "./column_sums.ts";
import type { Affine } from "./linear.ts";
import { productTask } from "./product.ts";
import { type Gradients, kernelTask, lengthOf, type Tape, type Task, type Tensor } from "./tape.ts";
import { winograd } from "./winograd.ts";

/** The clips of a batch that a convolution works on; a neighbour in another clip counts as outside. */
export interface Clips {
  readonly clips: number;
  /** Frames of a clip, and the first of all of them among those of x. */
  readonly frames: number;
  readonly frame0?: number;
  /** The grid that comes in. */
  readonly H: number;
  readonly W: number;
  /** Stride (1, s, s); padding (1, p, p) with p = 1 at stride 1 and 0 beyond (docs/method.md section 5). */
  readonly stride?: number;
}

export const TAPS = 27;
/** Most bytes of unfolded neighbourhoods where nothing is trained and they need not be kept. */
const UNFOLDED_BYTES = 8 * 2 ** 20;

const padding = (stride: number): number => (stride > 1 ? 0 : 1);
const side = (length: number, stride: number) => Math.floor((length + 2 * padding(stride) - 3) / stride) + 1;

/**
 * A 3×3×3 convolution: with stride 1 by Winograd's products, else as one over unfolded neighbourhoods.
 * x [frames, H, W, Ci] with frame0 and what follows, w [27, Ci, Co] with tap = (dt · 3 + dy) · 3 + dx, b [Co],
 * y [clips, frames, H', W', Co]
 * @throws RangeError where x is trained and frame0 is not 0
 */
export function conv3d(t: Tape, x: Tensor, { w, b }: Affine, where: Clips): Tensor {
  const { clips, frames, frame0 = 0, H, W, stride = 1 } = where;
  if (x.trained && frame0 > 0) throw new RangeError(`a convolution that is trained starts at frame 0, got ${frame0}`);
  if (stride === 1) return winograd(t, x, { w, b }, { clips, frames, frame0, H, W });
  const [, Ci, Co] = w.shape;
  const out = { H: side(H, stride), W: side(W, stride) };
  const rows = clips * frames * out.H * out.W;
  const y = t.made("convolution", [clips, frames, out.H, out.W, Co], [x, w, b]);
  const ld = ceil4(TAPS * Ci);
  // What is trained keeps all of it for its backward; else some rows at a time will do, whole 64 so that y's parts begin at 256 bytes.
  const most = y.trained ? rows : Math.max(64, Math.floor(UNFOLDED_BYTES / (256 * ld)) * 64);
  const unfolded = t.scratch("unfolded", [Math.min(rows, most), ld]);
  const sizes = { frames, frame0, C: Ci, ld_in: Ci, ld_out: ld, up: stride, down: 1, pad: padding(stride) };
  const grid = { H, W, out_H: out.H, out_W: out.W };
  const forward: Task[] = [];
  for (let row = 0; row < rows; row += most) {
    const count = Math.min(most, rows - row);
    const token0 = frame0 * out.H * out.W + row;
    forward.push(unfoldTask(x, unfolded, { ...sizes, ...grid, token0 }, count));
    const product = { form: "nn", rows: count, cols: Co, depth: TAPS * Ci, lda: ld, ldb: Co, ldc: Co } as const;
    forward.push(
      productTask({ ...product, A: unfolded, B: w, bias: b, C: y }, (place) => {
        const { buffer, offset } = bindingOf(place);
        return { buffer, offset: offset + 4 * row * Co, size: 4 * count * Co };
      }),
    );
  }
  t.push([y], forward, (gradients) => backward(t, x, { w, b }, where, y, unfolded, gradients));
  return y;
}

function backward(
  t: Tape,
  x: Tensor,
  { w, b }: Affine,
  { clips, frames, H, W, stride = 1 }: Clips,
  y: Tensor,
  unfolded: Tensor,
  gradients: Gradients,
): Task[] {
  const [, Ci, Co] = w.shape;
  const [outRows, rows, ld] = [lengthOf(y) / Co, clips * frames * H * W, ceil4(TAPS * Co)];
  const dy = gradients.of(y);
  const [dw, db, dx] = [w, b, x].map((one) => gradients.to(one));
  const weight = { form: "tn", rows: TAPS * Ci, cols: Co, depth: outRows, ldb: Co, ldc: Co } as const;
  const tasks = [
    ...(dw
      ? [productTask({ ...weight, lda: unfolded.shape[1], A: unfolded, B: dy, C: dw.into, accumulate: dw.add === 1 })]
      : []),
    ...(db ? columnSums(t, dy, db) : []),
  ];
  if (!dx) return tasks;
  const turned = t.scratch("convolution weight turned", [TAPS * Co, Ci]);
  const around = t.scratch("unfolded gradient", [rows, ld]);
  const turn = {
    params: { taps: TAPS, rows: Ci, cols: Co },
    grid: [groups(Ci), TAPS * Co] as const,
    flop: VALUE_FLOP.plain * lengthOf(turned),
  };
  const grid = { H: side(H, stride), W: side(W, stride), out_H: H, out_W: W };
  const sizes = { token0: 0, frame0: 0, frames, C: Co, ld_in: Co, ld_out: ld, up: 1, down: stride };
  const product = { form: "nn", rows, cols: Ci, depth: TAPS * Co, lda: ld, ldb: Ci, ldc: Ci } as const;
  return [
    ...tasks,
    kernelTask(transposeTaps, { w, out: turned }, turn),
    unfoldTask(dy, around, { ...sizes, ...grid, pad: 2 - padding(stride) }, rows),
    productTask({ ...product, A: around, B: turned, C: dx.into, accumulate: dx.add === 1 }),
  ];
}

type UnfoldParams = Record<Exclude<keyof (typeof unfold3d)["params"], "row0" | "rows">, number>;

/** Unfolds `rows` rows, in dispatches of the size of a submit. */
function unfoldTask(x: Tensor, out: Tensor, params: UnfoldParams, rows: number): Task {
  const flop = (from: number, to: number) => VALUE_FLOP.plain * params.ld_out * (to - from);
  return {
    uses: [x, out],
    flop: flop(0, rows),
    bind({ gpu, at }) {
      const step = Math.max(1, Math.min(MAX_DIMENSION, Math.floor(submitFlop(gpu) / flop(0, 1))));
      return Promise.all(
        cutRange(rows, step, 0, flop).map(async ({ from, to }) => {
          const kernel = await gpu.kernels.bind(unfold3d, {
            buffers: { x: at(x), out: at(out) },
            params: { ...params, row0: from, rows: to },
            grid: [groups(params.C), to - from],
          });
          return dispatch(kernel, flop(from, to));
        }),
      );
    },
  };
}
