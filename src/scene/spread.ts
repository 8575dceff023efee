/**
 * How a distribution lies in one frame: its mean and its covariance, and the ellipse that they are. Positions are token rows
 * and columns; a token's own centre has its integer index, so a sure match has no spread at all.
 */

/** Mean and covariance of a distribution over the H×W tokens of one frame, in tokens and tokens². */
export interface Spread {
  readonly row: number;
  readonly col: number;
  readonly varRow: number;
  readonly varCol: number;
  readonly cov: number;
  /** The largest probability that a single token has, in [0, 1]. */
  readonly peak: number;
}

/**
 * Mean and covariance of the S = H·W weights that begin at `start`, row-major. They are divided by their sum: a float32
 * softmax sums to 1 only nearly, and far from the origin that would shift the mean.
 *
 * @throws RangeError where the weights do not sum to a positive number
 */
export function spreadOf(
  weights: ArrayLike<number>,
  start: number,
  { H, W }: { readonly H: number; readonly W: number },
): Spread {
  let total = 0;
  let row = 0;
  let col = 0;
  let peak = 0;
  for (let y = 0, s = start; y < H; y++) {
    for (let x = 0; x < W; x++, s++) {
      const weight = weights[s];
      total += weight;
      row += weight * y;
      col += weight * x;
      if (weight > peak) peak = weight;
    }
  }
  if (!(total > 0)) {
    throw new RangeError(`a distribution must have a positive sum, got ${total} over ${H}×${W} tokens from ${start}`);
  }
  row /= total;
  col /= total;
  let varRow = 0;
  let varCol = 0;
  let cov = 0;
  // A second pass about the mean: E[x²] − E[x]² would cancel where a sharp match lies far from the origin.
  for (let y = 0, s = start; y < H; y++) {
    for (let x = 0; x < W; x++, s++) {
      const weight = weights[s] / total;
      varRow += weight * (y - row) ** 2;
      varCol += weight * (x - col) ** 2;
      cov += weight * (y - row) * (x - col);
    }
  }
  return { row, col, varRow, varCol, cov, peak: peak / total };
}

/** The spread in each of the F frames of a query's distributions. @param probabilities [N] */
export function spreadsOf(
  probabilities: ArrayLike<number>,
  { F, H, W }: { readonly F: number; readonly H: number; readonly W: number },
): Spread[] {
  return Array.from({ length: F }, (_, f) => spreadOf(probabilities, f * H * W, { H, W }));
}

/** The ellipse one standard deviation around the mean. */
export interface Ellipse {
  /** Half axes in tokens, the longer first. */
  readonly major: number;
  readonly minor: number;
  /** Of the longer axis, from the direction of columns towards that of rows, in (−π/2, π/2]. */
  readonly angle: number;
}

export function ellipseOf({ varRow, varCol, cov }: Pick<Spread, "varRow" | "varCol" | "cov">): Ellipse {
  const middle = (varRow + varCol) / 2;
  const reach = Math.hypot((varCol - varRow) / 2, cov);
  return {
    major: Math.sqrt(middle + reach),
    // Rounding may leave a flat ellipse a negative width.
    minor: Math.sqrt(Math.max(middle - reach, 0)),
    angle: Math.atan2(2 * cov, varCol - varRow) / 2,
  };
}

/** The symmetric square root of a covariance: it takes the unit circle to the ellipse, and turns nothing on the way. */
export interface Root {
  readonly rowRow: number;
  readonly rowCol: number;
  readonly colCol: number;
}

/**
 * √Σ = (Σ + √det·I) / √(trace + 2√det). A Cholesky factor would give the same ellipse, but a tube through several of
 * them would twist.
 */
export function rootOf({ varRow, varCol, cov }: Pick<Spread, "varRow" | "varCol" | "cov">): Root {
  const root = Math.sqrt(Math.max(varRow * varCol - cov * cov, 0));
  const scale = Math.sqrt(varRow + varCol + 2 * root);
  if (scale === 0) return { rowRow: 0, rowCol: 0, colCol: 0 };
  return { rowRow: (varRow + root) / scale, rowCol: cov / scale, colCol: (varCol + root) / scale };
}

/** The spread a share `t` of the way from one frame to the next: means and covariances change evenly. */
export function between(a: Spread, b: Spread, t: number): Spread {
  const mix = (from: number, to: number) => from + (to - from) * t;
  return {
    row: mix(a.row, b.row),
    col: mix(a.col, b.col),
    varRow: mix(a.varRow, b.varRow),
    varCol: mix(a.varCol, b.varCol),
    cov: mix(a.cov, b.cov),
    peak: mix(a.peak, b.peak),
  };
}

/** The spread of no knowledge at all: every token of the frame alike. Its area is what others are measured by. */
export const evenSpread = ({ H, W }: { readonly H: number; readonly W: number }) => ({
  varRow: (H * H - 1) / 12,
  varCol: (W * W - 1) / 12,
  cov: 0,
});

/**
 * How sure a spread is, from 0 (as wide as an even distribution, or wider) to 1 (a single token): one minus the ratio of
 * the ellipses' sizes, each widened by a token's own, which a sharp match cannot be sharper than.
 */
export function sureness(spread: Spread, grid: { readonly H: number; readonly W: number }): number {
  const size = ({ varRow, varCol, cov }: Pick<Spread, "varRow" | "varCol" | "cov">) =>
    ((varRow + 1 / 12) * (varCol + 1 / 12) - cov * cov) ** 0.25;
  const [least, most] = [size({ varRow: 0, varCol: 0, cov: 0 }), size(evenSpread(grid))];
  return most > least ? Math.min(Math.max((most - size(spread)) / (most - least), 0), 1) : 1;
}
