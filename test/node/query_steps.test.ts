import { expect, test } from "vitest";
import { elementwise } from "../../src/alignment/query_steps.ts";
import type { BoundKernel, Dispatch } from "../../src/gpu/kernels.ts";

test("a kernel over more keys than a dispatch has groups in one dimension is cut, whatever a submit may hold", async () => {
  const grids: [from: number, grid: Dispatch][] = [];
  const rows = 140_000;
  const size = { rows, values: 1, batch: 1, capacity: 4, flopPerSubmit: 5e10 };
  await elementwise(size, async (from, grid) => {
    grids.push([from, grid]);
    return {} as BoundKernel;
  });
  const ends = grids.map(([from, [, keys = 0]]) => from + keys);
  expect(grids.map(([from]) => from)).toEqual([0, ...ends.slice(0, -1)]);
  expect(ends.at(-1)).toBe(rows);
  expect(Math.max(...grids.map(([, [, keys = 0]]) => keys))).toBe(65535);
});
