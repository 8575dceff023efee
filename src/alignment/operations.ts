import type { Gpu } from "../gpu/gpu.ts";
import type { BoundKernel } from "../gpu/kernels.ts";
import { matmul, matmulGrid, THREAD_TILE } from "../kernels/matmul.ts";
import { matmulTn } from "../kernels/matmul_tn.ts";

/** One thing to encode: a dispatch with its estimated FLOP, or zeroing a buffer. */
export type Operation =
  | { readonly kind: "kernel"; readonly kernel: BoundKernel; readonly flop: number }
  | { readonly kind: "clear"; readonly buffer: GPUBuffer };

/** FLOP that one value of an elementwise kernel with exponentials is worth on the clock (measured on SwiftShader). */
export const ELEMENT_FLOP = 60;

/**
 * Encodes operations in order, in as few passes as clearing allows. Dispatches of one pass see each other's writes.
 */
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

/** Sizes of a product C[rows, cols] = Σ over depth, with row strides and, for a batch, the values between two clips. */
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
  readonly batch: number;
}

interface ProductOptions {
  readonly buffers: { readonly A: GPUBuffer; readonly B: GPUBuffer; readonly C: GPUBuffer };
  readonly product: Product;
  /** Most FLOP in one dispatch. */
  readonly chunkFlop: number;
  readonly form: "nn-accumulate" | "tn" | "tn-symmetric";
}

/** Rows of one workgroup: where a product may be cut. */
const CUT = matmul.constants.STRIPS * THREAD_TILE.rows;
/** Columns of one workgroup: the blocks that the symmetric product mirrors. */
const BLOCK = matmul.constants.LANES * THREAD_TILE.cols;

/** Binds a product as dispatches over ranges of rows, none of which exceeds `chunkFlop` where a cut can prevent it. */
export async function bindProduct(
  gpu: Gpu,
  { buffers, product, chunkFlop, form }: ProductOptions,
): Promise<{ kernel: BoundKernel; flop: number }[]> {
  const { rows, cols, depth, batch } = product;
  const flopOf = (from: number, to: number) => {
    if (form !== "tn-symmetric") return 2 * batch * (to - from) * cols * depth;
    let columns = 0;
    for (let row = from; row < to; row++) columns += cols - Math.floor(row / BLOCK) * BLOCK;
    return 2 * batch * columns * depth;
  };
  const bound: { kernel: BoundKernel; flop: number }[] = [];
  for (let row0 = 0; row0 < rows; ) {
    let end = Math.min(rows, row0 + CUT);
    while (end < rows && flopOf(row0, Math.min(rows, end + CUT)) <= chunkFlop) end = Math.min(rows, end + CUT);
    const { batch: _, ...sizes } = product;
    const params = { ...sizes, row0 };
    const grid = matmulGrid(end - row0, cols, batch);
    const kernel =
      form === "nn-accumulate"
        ? await gpu.kernels.bind(matmul, { buffers, params: { ...params, accumulate: 1 }, grid })
        : await gpu.kernels.bind(matmulTn, { buffers, params, grid, constants: { SYMMETRIC: form === "tn" ? 0 : 1 } });
    bound.push({ kernel, flop: flopOf(row0, end) });
    row0 = end;
  }
  return bound;
}
