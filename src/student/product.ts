import type { Gpu } from "../gpu/gpu.ts";
import type { BoundKernel } from "../gpu/kernels.ts";
import { productsFor } from "../kernels/products.ts";

/** A dispatch of a step with its estimated FLOP, by which a step is cut into submits. */
export interface Work {
  readonly kernel: BoundKernel;
  readonly flop: number;
}

/** C = A · B ("nn") or Aᵀ · B ("tn"), row strides in floats; see matmul.wgsl for what must be zero behind an edge. */
export interface ProductOptions {
  readonly form: "nn" | "tn";
  readonly A: GPUBuffer;
  readonly B: GPUBuffer;
  readonly C: GPUBuffer;
  readonly rows: number;
  readonly cols: number;
  readonly depth: number;
  readonly lda: number;
  readonly ldb: number;
  readonly ldc: number;
}

export const ceil4 = (size: number): number => Math.ceil(size / 4) * 4;

/** What an elementwise value costs beside a multiplication. */
export const ELEMENT_FLOP = 8;

/** Binds a product, cut by rows so that no dispatch exceeds `chunkFlop` where a cut can prevent it. */
export async function bindProduct(gpu: Gpu, options: ProductOptions, chunkFlop: number): Promise<Work[]> {
  const { form, A, B, C, rows, cols, depth, lda, ldb, ldc } = options;
  const products = productsFor(gpu);
  const perTile = 2 * products.rows * cols * depth;
  const step = products.rows * Math.max(1, Math.floor(chunkFlop / perTile));
  const works: Work[] = [];
  for (let row0 = 0; row0 < rows; row0 += step) {
    const end = Math.min(rows, row0 + step);
    const params = { rows: end, cols, depth, lda, ldb, ldc, stride_a: 0, stride_b: 0, stride_c: 0, row0 };
    const grid = products.grid(end - row0, cols);
    const buffers = { A, B, C };
    const kernel =
      form === "nn"
        ? await gpu.kernels.bind(products.nn, { buffers, params: { ...params, accumulate: 0 }, grid })
        : await gpu.kernels.bind(products.tn, { buffers, params, grid });
    works.push({ kernel, flop: 2 * (end - row0) * cols * depth });
  }
  return works;
}
