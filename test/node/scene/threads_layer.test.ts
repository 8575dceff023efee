import { expect, test } from "vitest";
import { blockLayout } from "../../../src/scene/layout.ts";
import type { SpaceInput } from "../../../src/scene/space_input.ts";
import { PAPER_THEME } from "../../../src/scene/theme.ts";
import { ThreadsLayer } from "../../../src/scene/threads_layer.ts";

const grid = { F: 5, H: 2, W: 3 };

/** Names of the parts of a truth that is hidden in the frames of `hidden`. */
function partsOf(cuts: readonly number[], hidden: readonly number[] = []): string[] {
  const truth = Float32Array.from({ length: 2 * grid.F }, (_, i) => (hidden.includes(i >> 1) ? Number.NaN : i % 2));
  const input = { grid, cuts, threads: [], showPaths: true, truths: [truth] } as unknown as SpaceInput;
  const layer = new ThreadsLayer(input, blockLayout(grid, 2 / 3, 2), PAPER_THEME);
  const names = layer.group.children.map(({ name }) => name);
  layer.dispose();
  return names;
}

const wires = (names: readonly string[]) => names.filter((name) => name.startsWith("truth, frames"));

test("the truth's wire goes from frame to frame, and neither over a hidden one nor across a cut", () => {
  const gap = (f: number) => `truth, frames ${f} to ${f + 1}`;
  expect(wires(partsOf([]))).toEqual([0, 1, 2, 3].map(gap));
  expect(wires(partsOf([], [2]))).toEqual([0, 3].map(gap));
  expect(wires(partsOf([2, 4]))).toEqual([0, 2].map(gap));
  // Its rings stay: the thing is in sight there.
  expect(partsOf([2, 4])).toEqual(expect.arrayContaining([0, 1, 2, 3, 4].map((f) => `truth, frame ${f}`)));
});
