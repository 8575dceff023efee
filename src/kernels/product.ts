import * as narrow from "../../shaders/nn/product_narrow.wgsl";
import * as tiled from "../../shaders/nn/product_tiled.wgsl";
import * as wide from "../../shaders/nn/product_wide.wgsl";
import * as wider from "../../shaders/nn/product_wider.wgsl";
import type { Gpu } from "../gpu/gpu.ts";
import type { BoundKernel, Dispatch } from "../gpu/kernels.ts";
import type { Place } from "../gpu/places.ts";
import { cutRange, dispatch, type Step, submitFlop } from "../gpu/steps.ts";

/** Rows of a product are padded to whole vec4s, because it reads four floats at a time. */
export const ceil4 = (size: number): number => Math.ceil(size / 4) * 4;

/** The product's two entry points for one kind of adapter; the tile of a workgroup is theirs to say. */
export interface ProductKernels {
  readonly nn: typeof tiled.nn;
  readonly tn: typeof tiled.tn;
}

/** What a column costs beside one of `wide`, measured on SwiftShader at many columns, where no tile wastes any. */
const SOFTWARE = [
  [wide, 1],
  [wider, 0.98],
  [narrow, 1.25],
] as const;

/** A pipeline takes SwiftShader up to half a second: the second best is taken for less than this share of the time. */
const WORTH_COMPILING = 0.9;

/** FLOP of a product that takes about a millisecond in any tile. */
const SMALL = 4e6;

/**
 * Software adapters keep the register tiles that no GPU has room for, the one whose last tile wastes less: widths of 80 and 160 fill
 * tiles of 80 columns, a few columns those of 16, which compile in a fifth of the time and are enough for all that is small. Every
 * other adapter gets the tile through workgroup memory.
 */
function kernelsFor({ adapter }: Pick<Gpu, "adapter">, { form, rows, cols, depth, batch = 1 }: ProductOptions) {
  if (!adapter.software) return tiled;
  if (form === "symmetric") return wide;
  if (2 * batch * rows * cols * depth < SMALL) return narrow;
  const cost = ([kernels, perColumn]: (typeof SOFTWARE)[number]) =>
    perColumn * Math.ceil(cols / tileOf(kernels.nn).cols) * tileOf(kernels.nn).cols;
  return SOFTWARE.reduce((best, next) => (cost(next) < WORTH_COMPILING * cost(best) ? next : best))[0];
}

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
  /** A batch of batches: floats from the first of `inner` products to the first of the next ones. */
  readonly outer?: { readonly inner: number; readonly a: number; readonly b: number; readonly c: number };
}

export interface ProductOptions extends ProductSizes {
  /** C = A · B, Aᵀ · B, or zᵀ · z of one matrix (A and B both), of which half is computed and mirrored. */
  readonly form: "nn" | "tn" | "symmetric";
  readonly A: Place;
  readonly B: Place;
  readonly C: Place;
  /** [cols], added to every row. */
  readonly bias?: Place;
  /** += instead of =; not "symmetric". */
  readonly accumulate?: boolean;
  /** Most FLOP of a dispatch where cutting it by rows can prevent more. */
  readonly flopPerSubmit?: number;
  /** Others than the adapter's own. */
  readonly kernels?: ProductKernels;
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
  readonly #tile: Tile;
  readonly #cuts: readonly Cut[];
  #sizes: Required<Resized>;

  static async bind(gpu: Gpu, options: ProductOptions): Promise<Product> {
    const { form, A, B, C, bias, rows, cols, depth, lda, ldb, ldc, accumulate = false } = options;
    const { stride_a = 0, stride_b = 0, stride_c = 0, flopPerSubmit = submitFlop(gpu) } = options;
    const { inner, ...far } = options.outer ?? { inner: options.batch ?? 1, a: 0, b: 0, c: 0 };
    const spec = (options.kernels ?? kernelsFor(gpu, options))[form === "nn" ? "nn" : "tn"];
    const tile = tileOf(spec);
    const flop = (from: number, to: number) => flopOf(options, tile, from, to);
    const flags = { accumulate: accumulate ? 1 : 0, biased: bias ? 1 : 0, symmetric: form === "symmetric" ? 1 : 0 };
    const strides = { stride_a, stride_b, stride_c, inner, far_a: far.a, far_b: far.b, far_c: far.c };
    const sizes = { rows, cols, depth, lda, ldb, ldc, ...strides, ...flags };
    const cuts = cutRange(rows, tile.rows, flopPerSubmit, flop).map(async ({ from, to }): Promise<Cut> => {
      const kernel = await gpu.kernels.bind(spec, {
        // A binding must hold something; B is read anyway.
        buffers: { A, B, C, bias: bias ?? B },
        params: { ...sizes, row0: from },
        grid: gridOf(tile, options, to - from),
      });
      return { kernel, from, to };
    });
    return new Product(options, tile, await Promise.all(cuts));
  }

  private constructor(options: ProductOptions, tile: Tile, cuts: readonly Cut[]) {
    this.#options = options;
    this.#tile = tile;
    this.#cuts = cuts;
    this.#sizes = options;
  }

  /** The dispatches that have work. */
  get steps(): Step[] {
    const sized = { ...this.#options, ...this.#sizes };
    return this.#cuts
      .map(({ kernel, from, to }) => dispatch(kernel, flopOf(sized, this.#tile, from, to)))
      .filter(({ flop }) => flop > 0);
  }

  /** Other sizes, at most those it was bound with. */
  resize(changed: Resized): void {
    this.#sizes = { ...this.#sizes, ...changed };
    const { rows, cols, depth } = this.#sizes;
    for (const { kernel, from, to } of this.#cuts) {
      kernel.setParams({ rows, cols, depth });
      const sized = { ...this.#options, ...this.#sizes };
      kernel.setGrid(gridOf(this.#tile, sized, Math.max(1, Math.min(to, rows) - from)));
    }
  }
}

/** Binds a product that stays as it is. */
export const bindProduct = async (gpu: Gpu, options: ProductOptions): Promise<Step[]> =>
  (await Product.bind(gpu, options)).steps;

/** What a workgroup makes. */
interface Tile {
  readonly rows: number;
  readonly cols: number;
}

const tileOf = ({ fixed: { TILE_ROWS, TILE_COLUMNS } }: ProductKernels["nn"]): Tile => ({
  rows: TILE_ROWS,
  cols: TILE_COLUMNS,
});

/** Columns of one workgroup on any adapter: blocks of columns are multiples of it, so that no thread idles. */
export const PRODUCT_COLUMNS = Math.max(tileOf(tiled.nn).cols, tileOf(wide.nn).cols);

const gridOf = (tile: Tile, { cols, batch = 1 }: ProductSizes, rows: number): Dispatch => [
  Math.ceil(cols / tile.cols),
  Math.ceil(rows / tile.rows),
  batch,
];

/** FLOP of the rows [from, to), of which a symmetric product leaves out the tiles before the diagonal. */
function flopOf({ form, rows, cols, depth, batch = 1 }: ProductOptions, tile: Tile, from: number, end: number): number {
  const to = Math.min(end, rows);
  if (to <= from) return 0;
  if (form !== "symmetric") return 2 * batch * (to - from) * cols * depth;
  let values = 0;
  for (let row = from; row < to; row++) values += cols - Math.floor(row / tile.cols) * tile.cols;
  return 2 * batch * values * depth;
}
