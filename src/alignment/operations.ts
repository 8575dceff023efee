import type { Gpu } from "../gpu/gpu.ts";
import type { BoundKernel, Dispatch } from "../gpu/kernels.ts";
import { productsFor } from "../kernels/products.ts";

/** One thing to encode: a dispatch with its estimated FLOP, or zeroing a buffer. */
export type Operation =
  | { readonly kind: "kernel"; readonly kernel: BoundKernel; readonly flop: number }
  | { readonly kind: "clear"; readonly buffer: GPUBuffer };

/** A bound kernel whose work depends on how many queries (Q) its block holds; without queries it is left out. */
export interface Piece {
  readonly kernel: BoundKernel;
  /** FLOP with Q queries; 0 leaves the dispatch out. */
  flop(Q: number): number;
  resize(Q: number): void;
}

/** What an elementwise value with exponentials costs beside a multiplication: 60, measured on SwiftShader. */
const ELEMENT_FLOP = 60;
const WORKGROUP = 64;

/** Workgroups of 64 that cover `size` threads. */
export const groups = (size: number): number => Math.ceil(size / WORKGROUP);

/** Encodes operations in order, in as few passes as clearing allows; dispatches of a pass see each other's writes. */
export function encodeOperations(encoder: GPUCommandEncoder, operations: readonly Operation[]): void {
  let pass: GPUComputePassEncoder | undefined;
  for (const operation of operations) {
    switch (operation.kind) {
      case "kernel":
        pass ??= encoder.beginComputePass({ label: "alignment" });
        operation.kernel.record(pass);
        break;
      case "clear":
        pass?.end();
        pass = undefined;
        encoder.clearBuffer(operation.buffer);
        break;
      default:
        operation satisfies never;
    }
  }
  pass?.end();
}

/** The pieces that have work with Q queries, as operations. */
export function operationsOf(pieces: readonly Piece[], Q: number): Operation[] {
  return pieces
    .map((piece) => ({ kind: "kernel" as const, kernel: piece.kernel, flop: Q > 0 ? piece.flop(Q) : 0 }))
    .filter(({ flop }) => flop > 0);
}

/** Ranges [from, to) of `total` whose work stays below a chunk each, `step` at a time at least. */
export function cuts(total: number, step: number, chunkFlop: number, flop: (from: number, to: number) => number) {
  const ranges: { from: number; to: number }[] = [];
  for (let from = 0; from < total; ) {
    let to = Math.min(total, from + step);
    while (to < total && flop(from, Math.min(total, to + step)) <= chunkFlop) to = Math.min(total, to + step);
    ranges.push({ from, to });
    from = to;
  }
  return ranges;
}

/**
 * Binds an elementwise kernel over `rows` (frames or keys), cut into chunks.
 * @param bind makes the kernel for the rows from `from`, with the grid given
 */
export async function elementwise(
  { rows, values, batch, capacity, chunkFlop }: ElementwiseSize,
  bind: (from: number, grid: Dispatch) => Promise<BoundKernel<"Q"> | BoundKernel<never>>,
): Promise<Piece[]> {
  const flop = (from: number, to: number, Q: number) => ELEMENT_FLOP * batch * (to - from) * values * Q;
  const ranges = cuts(rows, 1, chunkFlop, (from, to) => flop(from, to, capacity));
  return Promise.all(
    ranges.map(async ({ from, to }) => {
      const grid = (Q: number): Dispatch => [groups(Math.ceil(Q / 4) * 4), to - from, batch];
      const kernel = await bind(from, grid(capacity));
      return {
        kernel,
        flop: (Q: number) => flop(from, to, Q),
        resize(Q: number) {
          (kernel as BoundKernel<"Q">).setParams({ Q });
          kernel.setGrid(grid(Q));
        },
      };
    }),
  );
}

export interface ElementwiseSize {
  /** Frames, or keys. */
  readonly rows: number;
  /** Values of a row for each query: S for a frame, 1 for a key. */
  readonly values: number;
  readonly batch: number;
  /** Most queries. */
  readonly capacity: number;
  readonly chunkFlop: number;
}

/** Sizes of a product C[rows, cols] over depth, with row strides and, for a batch, the values between two clips. */
export interface Product {
  readonly rows: number;
  readonly cols: number;
  readonly depth: number;
  readonly lda: number;
  readonly ldb: number;
  readonly ldc: number;
  readonly stride_a: number;
  readonly stride_b: number;
  readonly stride_c: number;
}

interface ProductOptions {
  readonly form: "nn-accumulate" | "tn" | "tn-symmetric";
  readonly buffers: { readonly A: GPUBuffer; readonly B: GPUBuffer; readonly C: GPUBuffer };
  readonly product: Product;
  readonly batch: number;
  readonly chunkFlop: number;
  /** Which of the sizes is the number of queries; "none" when the product does not depend on it. */
  readonly queries: "rows" | "cols" | "depth" | "none";
}

/** Binds a product as dispatches over ranges of rows, none of which exceeds `chunkFlop` where a cut can prevent it. */
export async function bindProduct(gpu: Gpu, options: ProductOptions): Promise<Piece[]> {
  const { form, buffers, product, batch, chunkFlop, queries } = options;
  const products = productsFor(gpu);
  const sized = (Q: number): Product => {
    if (queries === "none") return product;
    return { ...product, [queries]: queries === "depth" ? Math.ceil(Q / 4) * 4 : Q };
  };
  const flop = (from: number, end: number, { rows, cols, depth }: Product) => {
    const to = Math.min(end, rows);
    if (to <= from) return 0;
    if (form !== "tn-symmetric") return 2 * batch * (to - from) * cols * depth;
    let values = 0;
    for (let row = from; row < to; row++) values += cols - Math.floor(row / products.cols) * products.cols;
    return 2 * batch * values * depth;
  };
  const ranges = cuts(product.rows, products.rows, chunkFlop, (from, to) => flop(from, to, product));
  return Promise.all(
    ranges.map(async ({ from, to }) => {
      const params = { ...product, row0: from };
      const grid = ({ rows, cols }: Product) => products.grid(Math.max(1, Math.min(to, rows) - from), cols, batch);
      const kernel: BoundKernel<keyof Product> =
        form === "nn-accumulate"
          ? await gpu.kernels.bind(products.nn, { buffers, params: { ...params, accumulate: 1 }, grid: grid(product) })
          : await gpu.kernels.bind(products.tn, {
              buffers,
              params,
              grid: grid(product),
              constants: { SYMMETRIC: form === "tn" ? 0 : 1 },
            });
      return {
        kernel,
        flop: (Q: number) => flop(from, to, sized(Q)),
        resize(Q: number) {
          if (queries === "none") return;
          kernel.setParams(sized(Q));
          kernel.setGrid(grid(sized(Q)));
        },
      };
    }),
  );
}
