/** Rows [B, T, C] of which the first `text` of each clip are the prompt's; the modulation is [B, ld]. */
export interface Modulated {
  readonly B: number;
  readonly T: number;
  readonly C: number;
  readonly text: number;
  readonly ld: number;
}

/** Visits every value with its index and where its clip's part for its kind of row stands: `video` or `prompt` after the clip's start. */
function each(
  { B, T, C, text, ld }: Modulated,
  video: number,
  prompt: number,
  visit: (i: number, m: number) => void,
): void {
  for (let b = 0; b < B; b++) {
    for (let r = 0; r < T; r++) {
      for (let c = 0; c < C; c++) visit((b * T + r) * C + c, b * ld + (r < text ? prompt : video) + c);
    }
  }
}

/** y = x (1 + scale) + shift; m [B, ld] holds shift and scale of video rows first, of prompt rows from ld / 2. */
export function modulate(x: ArrayLike<number>, m: ArrayLike<number>, sizes: Modulated): Float64Array {
  const y = new Float64Array(x.length);
  each(sizes, 0, sizes.ld / 2, (i, at) => {
    y[i] = x[i] * (1 + m[at + sizes.C]) + m[at];
  });
  return y;
}

/** dx = dy (1 + scale);  d shift = Σ_r dy;  d scale = Σ_r dy · x. */
export function modulateBackward(x: ArrayLike<number>, m: ArrayLike<number>, dy: ArrayLike<number>, sizes: Modulated) {
  const [dx, dm] = [new Float64Array(x.length), new Float64Array(m.length)];
  each(sizes, 0, sizes.ld / 2, (i, at) => {
    dx[i] = dy[i] * (1 + m[at + sizes.C]);
    dm[at] += dy[i];
    dm[at + sizes.C] += dy[i] * x[i];
  });
  return { dx, dm };
}

/** x + gate · y; the gate of video rows is the third part of m [B, 6 C], that of prompt rows the sixth. */
export function gated(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  m: ArrayLike<number>,
  sizes: Modulated,
): Float64Array {
  const out = new Float64Array(x.length);
  each(sizes, 2 * sizes.C, 5 * sizes.C, (i, at) => {
    out[i] = x[i] + m[at] * y[i];
  });
  return out;
}

/** dx = dout;  dy = gate · dout;  d gate = Σ_r dout · y. */
export function gatedBackward(y: ArrayLike<number>, m: ArrayLike<number>, dout: ArrayLike<number>, sizes: Modulated) {
  const [dy, dm] = [new Float64Array(y.length), new Float64Array(m.length)];
  each(sizes, 2 * sizes.C, 5 * sizes.C, (i, at) => {
    dy[i] = m[at] * dout[i];
    dm[at] += dout[i] * y[i];
  });
  return { dx: Float64Array.from(dout), dy, dm };
}
