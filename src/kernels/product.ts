import type { Gpu } from "../gpu/gpu.ts";
import type { BoundKernel, Dispatch } from "../gpu/kernels.ts";
import { cutRange, dispatch, type Step, submitFlop } from "../gpu/steps.ts";
import { productsFor } from "./products.ts";

/** Rows of a product are padded to whole vec4s, because it reads four floats at a time. */
export const ceil4 = (size: number): number => Math.ceil(size / 4) * 4;

/** C[rows, cols] over a depth; row strides in floats, and for a batch the floats between two of each. */
export interface ProductSizes {
  readonly rows: number;
  readonly cols: number;
  readonly depth: number;
  readonly lda: number;
  readonly ldb: number;
  readonly ldc: number;
  readonly stride_a?: number;
  readonly stride_b?: number;
  readonly stride_c?: number;
  readonly batch?: number;
}

export interface ProductOptions extends ProductSizes {
  /** C = A · B, Aᵀ · B, or zᵀ · z of one matrix (A and B both), of which half is computed and mirrored. */
  readonly form: "nn" | "tn" | "symmetric";
  readonly A: GPUBuffer;
  readonly B: GPUBuffer;
  readonly C: GPUBuffer;
  /** += instead of =; "nn" only. */
  readonly accumulate?: boolean;
  /** Most FLOP of a dispatch where cutting it by rows can prevent more. */
  readonly flopPerSubmit?: number;
}

type Resized = Partial<Pick<ProductSizes, "rows" | "cols" | "depth">>;

interface Cut {
  readonly kernel: BoundKernel<"rows" | "cols" | "depth">;
  readonly from: number;
  readonly to: number;
}

/** A product bound to its buffers, as dispatches over ranges of rows. */
export class Product {
  readonly #options: ProductOptions;
  readonly #cuts: readonly Cut[];
  readonly #tile: { readonly cols: number; grid(rows: number, cols: number, batch: number): Dispatch };
  #sizes: Required<Resized>;

  static async bind(gpu: Gpu, options: ProductOptions): Promise<Product> {
    const { form, A, B, C, rows, cols, depth, lda, ldb, ldc, accumulate = false } = options;
    const { stride_a = 0, stride_b = 0, stride_c = 0, batch = 1, flopPerSubmit = submitFlop(gpu) } = options;
    const products = productsFor(gpu);
    const flop = (from: number, to: number) => flopOf(options, products.cols, from, to);
    const buffers = { A, B, C };
    const sizes = { rows, cols, depth, lda, ldb, ldc, stride_a, stride_b, stride_c };
    const cuts = cutRange(rows, products.rows, flopPerSubmit, flop).map(async ({ from, to }): Promise<Cut> => {
      const params = { ...sizes, row0: from };
      const grid = products.grid(to - from, cols, batch);
      const constants = { SYMMETRIC: form === "symmetric" ? 1 : 0 };
      const kernel: BoundKernel<"rows" | "cols" | "depth"> =
        form === "nn"
          ? await gpu.kernels.bind(products.nn, {
              buffers,
              params: { ...params, accumulate: accumulate ? 1 : 0 },
              grid,
            })
          : await gpu.kernels.bind(products.tn, { buffers, params, grid, constants });
      return { kernel, from, to };
    });
    return new Product(options, await Promise.all(cuts), products);
  }

  private constructor(
    options: ProductOptions,
    cuts: readonly Cut[],
    tile: { readonly cols: number; grid(rows: number, cols: number, batch: number): Dispatch },
  ) {
    this.#options = options;
    this.#cuts = cuts;
    this.#tile = tile;
    this.#sizes = options;
  }

  /** The dispatches that have work. */
  get steps(): Step[] {
    const sized = { ...this.#options, ...this.#sizes };
    return this.#cuts
      .map(({ kernel, from, to }) => dispatch(kernel, flopOf(sized, this.#tile.cols, from, to)))
      .filter(({ flop }) => flop > 0);
  }

  /** Other sizes, at most those it was bound with. */
  resize(changed: Resized): void {
    const { batch = 1 } = this.#options;
    this.#sizes = { ...this.#sizes, ...changed };
    const { rows, cols, depth } = this.#sizes;
    for (const { kernel, from, to } of this.#cuts) {
      kernel.setParams({ rows, cols, depth });
      kernel.setGrid(this.#tile.grid(Math.max(1, Math.min(to, rows) - from), cols, batch));
    }
  }
}

/** Binds a product that stays as it is. */
export const bindProduct = async (gpu: Gpu, options: ProductOptions): Promise<Step[]> =>
  (await Product.bind(gpu, options)).steps;

/** FLOP of the rows [from, to), of which a symmetric product leaves out the blocks of columns before the diagonal. */
function flopOf(
  { form, rows, cols, depth, batch = 1 }: ProductOptions,
  block: number,
  from: number,
  end: number,
): number {
  const to = Math.min(end, rows);
  if (to <= from) return 0;
  if (form !== "symmetric") return 2 * batch * (to - from) * cols * depth;
  let values = 0;
  for (let row = from; row < to; row++) values += cols - Math.floor(row / block) * block;
  return 2 * batch * values * depth;
}
