// The bench's arithmetic, and that a small bench runs and counts the work that is really done.
import { expect, test } from "vitest";
import { LOSS_KINDS } from "../../src/alignment/losses.ts";
import { fitExponent, runBench } from "../../src/bench/bench.ts";
import { summariseTimes } from "../../src/gpu/timing.ts";
import { withGpu } from "../support/gpu.ts";

const gpu = withGpu();

test("exponent and summary", () => {
  expect(fitExponent([16, 32, 128].map((N) => ({ N, ms: 3 * N ** 1.7 })))).toBeCloseTo(1.7, 10);
  // A clock that did not move says nothing.
  expect(fitExponent([0, 0, 2].map((ms, i) => ({ N: 16 << i, ms })))).toBeNull();
  expect(summariseTimes([5, 1, 9, 3, 7])).toEqual({ median: 5, min: 1, spread: (7 - 3) / 5, runs: 5 });
});

test("a small bench measures every loss and frees what it made", async () => {
  const g = gpu();
  const said: string[] = [];
  const shape = { B: 1, F: 2, S: 64, Ct: 8, Cs: 8 };
  const result = await runBench(g, { shape, runs: 3, peakEdge: 64, scaling: [8, 16] }, (what) => void said.push(what));
  const measured = result.losses.map(({ kind, form }) => `${kind} ${form}`);
  expect(measured).toEqual([...LOSS_KINDS.map((kind) => `${kind} stored`), "tsa tiled", "mtsa tiled"]);
  const [tsa] = result.losses;
  // Two similarities of 3 of the 4 blocks of 64 × 64 each, and one product over all.
  expect(tsa.flop.fresh).toBe(2 * 8 * (2 * 3 * 64 * 64 + 128 * 128));
  expect(tsa.flop.kept).toBe(2 * 8 * (3 * 64 * 64 + 128 * 128));
  for (const { fresh, kernels } of result.losses) {
    expect(fresh.median).toBeGreaterThan(0);
    for (const { time } of kernels) expect(time.median).toBeGreaterThan(0);
  }
  expect(said.at(-1)).toBe("done");
  expect(g.buffers.list().filter(({ label }) => label.startsWith("bench") || label.startsWith("tsa"))).toEqual([]);
});
