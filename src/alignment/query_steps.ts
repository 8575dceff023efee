import type { BoundKernel, Dispatch } from "../gpu/kernels.ts";
import { groups, MAX_DIMENSION } from "../gpu/kernels.ts";
import { cutRange, dispatch, type Step, VALUE_FLOP } from "../gpu/steps.ts";
import { ceil4 } from "../kernels/product.ts";

/** Steps whose work follows Q, the number of queries in their block, which a slider moves. */
export interface QuerySteps {
  readonly steps: readonly Step[];
  resize(Q: number): void;
}

export interface ElementwiseSize {
  /** Frames, or keys. */
  readonly rows: number;
  /** Values of a row for each query: S for a frame, 1 for a key. */
  readonly values: number;
  readonly batch: number;
  /** Most queries. */
  readonly capacity: number;
  readonly flopPerSubmit: number;
}

/**
 * Binds an elementwise kernel over `rows` (frames or keys), cut into dispatches.
 * @param bind makes the kernel for the rows from `from`, with the grid given
 */
export async function elementwise<P extends string>(
  { rows, values, batch, capacity, flopPerSubmit }: ElementwiseSize,
  bind: (from: number, grid: Dispatch) => Promise<BoundKernel<P>>,
): Promise<QuerySteps & { readonly kernels: readonly BoundKernel<P>[] }> {
  const flop = (from: number, to: number, Q: number) => VALUE_FLOP.exponential * batch * (to - from) * values * Q;
  const grid = (from: number, to: number, Q: number): Dispatch => [groups(ceil4(Q)), to - from, batch];
  const most = (from: number, to: number) => (to - from > MAX_DIMENSION ? Infinity : flop(from, to, capacity));
  const bound = await Promise.all(
    cutRange(rows, 1, flopPerSubmit, most).map(async ({ from, to }) => ({
      kernel: await bind(from, grid(from, to, capacity)),
      from,
      to,
    })),
  );
  let Q = capacity;
  return {
    kernels: bound.map(({ kernel }) => kernel),
    get steps() {
      return bound.map(({ kernel, from, to }) => dispatch(kernel, flop(from, to, Q)));
    },
    resize(next) {
      Q = next;
      for (const { kernel, from, to } of bound) {
        // One without Q works on every token, and is never resized.
        (kernel as BoundKernel<string>).setParams({ Q });
        kernel.setGrid(grid(from, to, Q));
      }
    },
  };
}
