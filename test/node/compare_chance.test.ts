// What a student that knows nothing would have says whose mask it was asked of.
import { expect, test } from "vitest";
import { CpuComparison } from "../../src/alignment/comparison_cpu.ts";
import { compareChance } from "../../src/worker/compare/chance.ts";
import type { Workspace } from "../../src/worker/workspace.ts";

test("of the user's own mask, and of the motion's", async () => {
  const side = { data: Float32Array.from({ length: 16 }, (_, i) => Math.sin(i)), C: 2 };
  const pair = { F: 2, S: 4, teacher: side, student: side, motion: Float32Array.of(0, 1, 2, 3, 3, 2, 1, 0) };
  const engines = { comparison: new CpuComparison(pair) };
  const compared = { pair, motion: pair.motion, masked: "mask:0000000000000001:mine", engines, steps: new Map() };
  const space = { compute: { gpu: null }, compared } as unknown as Workspace;
  const chance = (own: object) =>
    compareChance(space, { type: "compare-chance", tau: 0.1, rho: 0.5, margin: 0.1, ...own }, {
      pause: async () => {},
    } as Parameters<typeof compareChance>[2]);
  expect((await chance({ brought: "mask:0000000000000001:mine" })).brought).toBe("mask:0000000000000001:mine");
  expect((await chance({})).brought).toBeNull();
});
