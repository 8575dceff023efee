/** What Muon keeps of a matrix. */
export interface MuonState {
  readonly p: Float64Array;
  readonly m: Float64Array;
}

export interface MuonOptions {
  readonly rows: number;
  readonly cols: number;
  readonly learningRate: number;
  readonly decay: number;
}

/** Jordan et al. 2024, as torch.optim.Muon has them. */
const [A, B, C] = [3.4445, -4.775, 2.0315];
const [MOMENTUM, EPS, STEPS] = [0.95, 1e-7, 5];

/** Newton–Schulz: x ← a x + (b x xᵀ + c (x xᵀ)²) x, which brings the singular values of x [rows, cols] near to 1. */
export function orthogonalised(g: Float64Array, rows: number, cols: number): Float64Array {
  const norm = Math.max(EPS, Math.hypot(...g));
  let x = g.map((value) => value / norm);
  for (let step = 0; step < STEPS; step++) {
    const gram = product(x, transposed(x, rows, cols), rows, cols, rows);
    const square = product(gram, gram, rows, rows, rows);
    const mixed = gram.map((value, i) => B * value + C * square[i]);
    const more = product(mixed, x, rows, rows, cols);
    x = x.map((value, i) => A * value + more[i]);
  }
  return x;
}

/** One update with Nesterov momentum, decoupled decay and steps of AdamW's size. */
export function muon({ p, m }: MuonState, gradient: ArrayLike<number>, options: MuonOptions): MuonState {
  const { rows, cols, learningRate, decay } = options;
  const next = m.map((value, i) => value + (1 - MOMENTUM) * (gradient[i] - value));
  const along = next.map((value, i) => gradient[i] + MOMENTUM * (value - gradient[i]));
  const x = orthogonalised(along, rows, cols);
  const step = 0.2 * learningRate * Math.sqrt(Math.max(rows, cols));
  return { p: p.map((value, i) => value * (1 - learningRate * decay) - step * x[i]), m: next };
}

function transposed(x: Float64Array, rows: number, cols: number): Float64Array {
  return x.map((_, i) => x[(i % rows) * cols + Math.floor(i / rows)]);
}

function product(a: Float64Array, b: Float64Array, rows: number, depth: number, cols: number): Float64Array {
  const out = new Float64Array(rows * cols);
  for (let r = 0; r < rows; r++) {
    for (let k = 0; k < depth; k++) {
      for (let c = 0; c < cols; c++) out[r * cols + c] += a[r * depth + k] * b[k * cols + c];
    }
  }
  return out;
}
