import type { Gpu } from "../gpu/gpu.ts";
import type { Dispatch } from "../gpu/kernels.ts";
import { matmul, matmulGrid, TILE_ROWS } from "./matmul.ts";
import { matmulTn } from "./matmul_tn.ts";
import { matmulTnWide } from "./matmul_tn_wide.ts";
import { matmulWide } from "./matmul_wide.ts";

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
