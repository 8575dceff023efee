import matmul from "../../shaders/nn/matmul.wgsl";
import matmulTn from "../../shaders/nn/matmul_tn.wgsl";
import matmulTnWide from "../../shaders/nn/matmul_tn_wide.wgsl";
import matmulWide from "../../shaders/nn/matmul_wide.wgsl";
import type { Gpu } from "../gpu/gpu.ts";
import type { Dispatch } from "../gpu/kernels.ts";

/** Rows that one thread of every product makes. */
const TILE_ROWS = 16;

/** Workgroups for a product: x over columns, y over rows, z over the batch. `tileCols` is a thread's columns: 8, or 16 in the wide kernels. */
export function matmulGrid(
  rows: number,
  cols: number,
  batch = 1,
  { LANES, STRIPS } = matmul.constants,
  tileCols = 8,
): Dispatch {
  return [Math.ceil(cols / (LANES * tileCols)), Math.ceil(rows / (STRIPS * TILE_ROWS)), batch];
}

/** The products of one kind of adapter, and their tile. */
export interface Products {
  readonly nn: typeof matmul;
  readonly tn: typeof matmulTn;
  /** Rows and columns of one workgroup: where a product may be cut, and the blocks that the symmetric one mirrors. */
  readonly rows: number;
  readonly cols: number;
  grid(rows: number, cols: number, batch?: number): Dispatch;
}

const narrow: Products = {
  nn: matmul,
  tn: matmulTn,
  rows: matmul.constants.STRIPS * TILE_ROWS,
  cols: matmul.constants.LANES * 8,
  grid: (rows, cols, batch) => matmulGrid(rows, cols, batch),
};

const wide: Products = {
  nn: matmulWide,
  tn: matmulTnWide,
  rows: matmulWide.constants.STRIPS * TILE_ROWS,
  cols: matmulWide.constants.LANES * 16,
  grid: (rows, cols, batch) => matmulGrid(rows, cols, batch, matmulWide.constants, 16),
};

/** The fastest products for an adapter: the wide tile on software, the one that fits a GPU's registers elsewhere. */
export const productsFor = ({ adapter }: Pick<Gpu, "adapter">): Products => (adapter.software ? wide : narrow);
