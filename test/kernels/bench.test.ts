// The bench's arithmetic, and that a small bench runs and counts the work that is really done.
import { expect, test } from "vitest";
import { LOSS_KINDS } from "../../src/alignment/losses.ts";
import { benchLoss, benchPeak, fitExponent, runBench } from "../../src/bench/bench.ts";
import { benchStudent, studentDesign } from "../../src/bench/student.ts";
import type { Gpu } from "../../src/gpu/gpu.ts";
import { summariseTimes } from "../../src/gpu/timing.ts";
import { stepMemory } from "../../src/train/diffusion/step.ts";
import { measureSpeed } from "../../src/train/speed.ts";
import { withGpu } from "../support/gpu.ts";

const gpu = withGpu();

const SHAPE = { B: 1, F: 2, S: 64, Ct: 8, Cs: 8 };
const { shape: large, alignment } = studentDesign(1);
const STUDENT = {
  shape: { ...large, width: 32, depth: 1, heads: 2, frames: 2 },
  B: 1,
  alignment: { ...alignment, block: 1 },
};

test("exponent and summary", () => {
  expect(fitExponent([16, 32, 128].map((N) => ({ N, ms: 3 * N ** 1.7 })))).toBeCloseTo(1.7, 10);
  // A clock that did not move says nothing.
  expect(fitExponent([0, 0, 2].map((ms, i) => ({ N: 16 << i, ms })))).toBeNull();
  expect(summariseTimes([5, 1, 9, 3, 7])).toEqual({ median: 5, min: 1, spread: (7 - 3) / 5, runs: 5 });
});

test("a small bench measures every loss and frees what it made", async () => {
  const g = gpu();
  const said: string[] = [];
  const sizes = { shape: SHAPE, runs: 3, peakEdge: 64, scaling: [8, 16], student: STUDENT };
  const result = await runBench(g, sizes, (what) => void said.push(what));
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
  expect(result.timestamps).toBe(g.device.features.has("timestamp-query"));
  const step = result.student;
  expect(step.time.median).toBeGreaterThan(0);
  expect(step.bytes).toBeGreaterThan(stepMemory(STUDENT).bytes);
  expect(step.dispatches).toBeGreaterThan(100);
  // The block's linear layers alone, in three directions: what they are multiplied by, 2 · 140 rows, and 32 channels.
  expect(step.flop).toBeGreaterThan(3 * 2 * 140 * 12 * 32 * 32);
  expect(said.at(-1)).toBe("done");
  expect(g.buffers.list()).toEqual([]);
});

/** The device without timestamps, whose command encoders come from `createCommandEncoder`. */
const clocked = (g: Gpu, createCommandEncoder: GPUDevice["createCommandEncoder"]): Gpu => {
  const device = { features: new Set(), limits: g.device.limits, queue: g.device.queue, createCommandEncoder };
  return { ...g, device: device as unknown as GPUDevice };
};

/** The device, on which nothing more can be submitted. */
const broken = (g: Gpu): Gpu =>
  clocked(g, () => {
    throw new Error("no more work");
  });

test("a loss's share of the peak is of its kernels, timed as the peak is; by the clock there is none", async () => {
  const g = gpu();
  expect(g.device.features.has("timestamp-query")).toBe(true);
  const { shareOfPeak, flop, kernels } = await benchLoss(g, "tsa", "stored", SHAPE, 3, 2);
  const ms = kernels.reduce((sum, { time }) => sum + time.median, 0);
  expect(shareOfPeak).toBeCloseTo(flop.fresh / ms / 1e6 / 2, 10);
  const byClock = await benchLoss(
    clocked(g, (about) => g.device.createCommandEncoder(about)),
    "tsa",
    "stored",
    SHAPE,
    1,
    2,
  );
  expect(byClock.fresh.median).toBeGreaterThan(0);
  expect(byClock.shareOfPeak).toBeNull();
});

test.each<[string, (gpu: Gpu) => Promise<unknown>]>([
  ["the peak", (g) => benchPeak(g, 64, 1)],
  ["a loss", (g) => benchLoss(g, "mtsa", "stored", SHAPE, 1, null)],
  ["the student's step", (g) => benchStudent(g, STUDENT, 1)],
  ["the speed", measureSpeed],
])("%s that cannot be measured leaves no buffer behind", async (_, measure) => {
  await expect(measure(broken(gpu()))).rejects.toThrow("no more work");
  expect(gpu().buffers.list()).toEqual([]);
});

test("what cannot be made leaves no buffer behind", async () => {
  const unequal = { ...SHAPE, Ct: 4 };
  await expect(benchLoss(gpu(), "repa", "stored", unequal, 1, null)).rejects.toThrow(RangeError);
  const odd = { ...STUDENT, alignment: { ...STUDENT.alignment, tau: 0 } };
  await expect(benchStudent(gpu(), odd, 1)).rejects.toThrow(RangeError);
  expect(gpu().buffers.list()).toEqual([]);
});
