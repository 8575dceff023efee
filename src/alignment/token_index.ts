import type { Grid, TokenRef } from "./types.ts";

/** Tokens of a whole clip. */
export const tokenCount = ({ F, H, W }: Grid): number => F * H * W;

/** i = f·S + row·W + col of each token. */
export function tokenIndices(queries: readonly TokenRef[], { H, W }: Grid): Uint32Array<ArrayBuffer> {
  return Uint32Array.from(queries, ([frame, row, col]) => (frame * H + row) * W + col);
}

/** @throws RangeError when raw features do not fill the grid */
export function checkFeatureLength(length: number, grid: Grid): void {
  const { F, H, W, C } = grid;
  if (length !== tokenCount(grid) * C) {
    throw new RangeError(
      `features of a ${F}×${H}×${W} grid with ${C} channels need ${F * H * W * C} values, got ${length}`,
    );
  }
}

/** @throws Error when something is asked of an engine before it was given what it needs */
export function required<T>(value: T | null, what: string): T {
  if (value === null) throw new Error(`${what} must be set before this is asked`);
  return value;
}
