import type { Affine } from "./linear.ts";

interface Rows {
  readonly R: number;
  readonly C: number;
  readonly eps: number;
}

/** Each row minus its mean, over the root of its variance + eps, and that root's inverse. */
function normalised(x: ArrayLike<number>, { R, C, eps }: Rows): { h: Float64Array; rstd: Float64Array } {
  const [h, rstd] = [new Float64Array(R * C), new Float64Array(R)];
  for (let r = 0; r < R; r++) {
    let [mean, variance] = [0, 0];
    for (let c = 0; c < C; c++) mean += x[r * C + c] / C;
    for (let c = 0; c < C; c++) variance += (x[r * C + c] - mean) ** 2 / C;
    rstd[r] = 1 / Math.sqrt(variance + eps);
    for (let c = 0; c < C; c++) h[r * C + c] = (x[r * C + c] - mean) * rstd[r];
  }
  return { h, rstd };
}

/**
 * y = h · w + b with h the normalised rows.
 * @param x [R, C], w [C], b [C]
 */
export function layernorm(x: ArrayLike<number>, { w, b }: Affine, rows: Rows): Float64Array {
  return normalised(x, rows).h.map((value, i) => value * w[i % rows.C] + b[i % rows.C]);
}

/** dx = rstd · (g − mean g − h · mean(g · h)) with g = dy · w;  dw = Σ_r dy · h;  db = Σ_r dy. */
export function layernormBackward(
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  dy: ArrayLike<number>,
  rows: Rows,
): { dx: Float64Array; dw: Float64Array; db: Float64Array } {
  const { R, C } = rows;
  const { h, rstd } = normalised(x, rows);
  const [dx, dw, db] = [new Float64Array(R * C), new Float64Array(C), new Float64Array(C)];
  for (let r = 0; r < R; r++) {
    let [mean, along] = [0, 0];
    for (let c = 0; c < C; c++) {
      const at = r * C + c;
      mean += (dy[at] * w[c]) / C;
      along += (dy[at] * w[c] * h[at]) / C;
      dw[c] += dy[at] * h[at];
      db[c] += dy[at];
    }
    for (let c = 0; c < C; c++) dx[r * C + c] = rstd[r] * (dy[r * C + c] * w[c] - mean - h[r * C + c] * along);
  }
  return { dx, dw, db };
}
