import type { Affine } from "./linear.ts";

/** A 3×3×3 convolution over B clips of F frames of H×W positions: stride (1, stride, stride), padding (1, pad, pad). */
export interface Conv3dShape {
  readonly B: number;
  readonly F: number;
  readonly H: number;
  readonly W: number;
  readonly Ci: number;
  readonly Co: number;
  readonly stride: number;
  readonly pad: number;
}

/** The grid that comes out. */
export function conv3dSize({ H, W, stride, pad }: Pick<Conv3dShape, "H" | "W" | "stride" | "pad">) {
  const size = (length: number) => Math.floor((length + 2 * pad - 3) / stride) + 1;
  return { H: size(H), W: size(W) };
}

/**
 * y[b, f, i, j, o] = b[o] + Σ_{dt, dy, dx, c} x[b, f + dt − 1, i·stride + dy − pad, j·stride + dx − pad, c] · w[tap, c, o],
 * tap = (dt·3 + dy)·3 + dx, x = 0 outside.
 * @param x [B, F, H, W, Ci], w [27, Ci, Co], b [Co]
 */
export function conv3d(x: ArrayLike<number>, { w, b }: Affine, shape: Conv3dShape): Float64Array {
  const { B, F, Ci, Co } = shape;
  const size = conv3dSize(shape);
  const y = new Float64Array(B * F * size.H * size.W * Co);
  for (let i = 0; i < y.length; i++) y[i] = b[i % Co];
  eachTap(shape, (from, to, tap) => {
    for (let c = 0; c < Ci; c++) {
      for (let o = 0; o < Co; o++) y[to * Co + o] += x[from * Ci + c] * w[(tap * Ci + c) * Co + o];
    }
  });
  return y;
}

/** @returns dx like x, dw like w, db [Co] */
export function conv3dBackward(
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  dy: ArrayLike<number>,
  shape: Conv3dShape,
): { dx: Float64Array; dw: Float64Array; db: Float64Array } {
  const { Ci, Co } = shape;
  const db = new Float64Array(Co);
  const dx = new Float64Array(x.length);
  const dw = new Float64Array(w.length);
  for (let i = 0; i < dy.length; i++) db[i % Co] += dy[i];
  eachTap(shape, (from, to, tap) => {
    for (let c = 0; c < Ci; c++) {
      for (let o = 0; o < Co; o++) {
        const at = (tap * Ci + c) * Co + o;
        dx[from * Ci + c] += dy[to * Co + o] * w[at];
        dw[at] += dy[to * Co + o] * x[from * Ci + c];
      }
    }
  });
  return { dx, dw, db };
}

/** Calls back for every pair of an input and an output position that a tap joins. */
function eachTap(shape: Conv3dShape, join: (from: number, to: number, tap: number) => void): void {
  const { B, F, H, W, stride, pad } = shape;
  const size = conv3dSize(shape);
  for (let to = 0; to < B * F * size.H * size.W; to++) {
    const j = to % size.W;
    const i = Math.floor(to / size.W) % size.H;
    const frame = Math.floor(to / (size.W * size.H));
    for (let tap = 0; tap < 27; tap++) {
      const f = (frame % F) + Math.floor(tap / 9) - 1;
      const y = i * stride + (Math.floor(tap / 3) % 3) - pad;
      const x = j * stride + (tap % 3) - pad;
      if (f < 0 || f >= F || y < 0 || y >= H || x < 0 || x >= W) continue;
      const clip = Math.floor(frame / F);
      join(((clip * F + f) * H + y) * W + x, to, tap);
    }
  }
}
