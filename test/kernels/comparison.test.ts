// Both comparisons of a pair against the float64 losses, and what a step given up leaves behind.
import { describe, expect, test } from "vitest";
import { applies, type Comparison, norm, type Pair, pairMask } from "../../src/alignment/comparison.ts";
import { CpuComparison } from "../../src/alignment/comparison_cpu.ts";
import { GpuComparison } from "../../src/alignment/comparison_gpu.ts";
import { LOSS_KINDS } from "../../src/alignment/losses.ts";
import { motionSaliency } from "../../src/reference/index.ts";
import { expectClose } from "../support/close.ts";
import { withGpu } from "../support/gpu.ts";
import { expectedLoss, lossTolerance, peak } from "../support/losses.ts";
import { normals } from "../support/random.ts";

const gpu = withGpu();

/** 165 tokens: more than two blocks of the CPU, the last of them ragged. */
function pairOf(Ct: number, Cs: number): Pair {
  const [F, S, D] = [3, 55, 12];
  const motion = motionSaliency(normals(F * S * D, 3), F, S, D);
  const side = (C: number, seed: number) => ({ data: normals(F * S * C, seed), C });
  return { F, S, teacher: side(Ct, 1), student: side(Cs, 2), motion };
}

const backends: Record<string, (pair: Pair) => Promise<Comparison>> = {
  webgpu: (pair) => GpuComparison.create(gpu(), pair),
  cpu: async (pair) => new CpuComparison(pair),
};
const steps = [
  { tau: 0.1, rho: 0.2, margin: 0.1 },
  { tau: 0.5, rho: 1, margin: 0 },
  { tau: 0.1, rho: 0.05, margin: 0.3 },
];
const noPause = async () => {};

describe.each(Object.entries(backends))("%s", (name, create) => {
  test.each([
    [12, 12],
    [12, 20],
  ])("%i and %i channels: every loss, its gradients, as the parameters move", async (Ct, Cs) => {
    const pair = pairOf(Ct, Cs);
    const { F, S } = pair;
    const comparison = await create(pair);
    for (const params of steps) {
      const mask = pairMask(pair, params.rho);
      for (const kind of LOSS_KINDS.filter((known) => applies(known, pair))) {
        const input = { teacher: pair.teacher.data, student: pair.student.data, mask };
        const expected = expectedLoss(kind, { B: 1, F, S, Ct, Cs }, input, params);
        const found = await comparison.step(kind, params, noPause);
        const rtol = name === "cpu" ? 1e-6 : lossTolerance(Math.max(Ct, Cs), params.tau);
        const close = { rtol, atol: rtol * peak(expected.perToken) };
        expectClose(`${kind} loss`, [found.loss], [expected.loss], close);
        expectClose(`${kind} per token`, found.perToken, expected.perToken, close);
        expectClose(`${kind} gradient norm`, [found.gradNorm], [norm(expected.dStudent)], { rtol, atol: 0 });
      }
    }
    comparison.destroy();
  });

  test("a pair in which nothing moves has no query: M-TSA is 0 and so is its gradient", async () => {
    const pair = { ...pairOf(12, 12), motion: new Float64Array(165) };
    const comparison = await create(pair);
    const { loss, gradNorm, perToken } = await comparison.step("mtsa", steps[0], noPause);
    expect([loss, gradNorm, perToken.every((value) => value === 0)]).toEqual([0, 0, true]);
    comparison.destroy();
  });

  test("repa of other channels is refused", async () => {
    const comparison = await create(pairOf(12, 20));
    await expect(comparison.step("repa", steps[0], noPause)).rejects.toThrow("repa does not apply to this pair");
    comparison.destroy();
  });

  test("a step that its pause gives up rejects with that reason, and the next one is right", async () => {
    const pair = pairOf(12, 12);
    const comparison = await create(pair);
    const giveUp = () => Promise.reject(new Error("enough"));
    await expect(comparison.step("tsa", steps[0], giveUp)).rejects.toThrow("enough");
    const again = await comparison.step("tsa", steps[0], noPause);
    comparison.destroy();
    const fresh = await create(pair);
    expect(again).toEqual(await fresh.step("tsa", steps[0], noPause));
    fresh.destroy();
  });
});

test("a destroyed comparison holds nothing", async () => {
  const before = gpu().buffers.bytes;
  const comparison = await GpuComparison.create(gpu(), pairOf(12, 12));
  await comparison.step("tsa", steps[0], noPause);
  comparison.destroy();
  comparison.destroy();
  expect(gpu().buffers.bytes).toBe(before);
});
