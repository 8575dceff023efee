import { applies, asks, type Pair, pairMask } from "../../alignment/comparison.ts";
import { CpuComparison } from "../../alignment/comparison_cpu.ts";
import { GpuComparison } from "../../alignment/comparison_gpu.ts";
import { LOSS_KINDS, type LossKind } from "../../alignment/losses.ts";
import { Random } from "../../student/random.ts";
import { checkMargin, checkRho, checkTaus } from "../checks.ts";
import type { CompareChanceReply, CompareChanceRequest } from "../protocol.ts";
import { comparedPair, type Running, type Workspace } from "../workspace.ts";
import { asMasked, byLoss } from "./losses.ts";

/** The same student every time. */
const SEED = 1;

/**
 * The losses of a student that knows nothing of the clip, its features drawn at random: what an untrained one starts from, and
 * where a number stops being better than chance.
 */
export async function compareChance(
  space: Workspace,
  { tau, rho: asked, margin, brought }: CompareChanceRequest,
  { pause }: Running,
): Promise<CompareChanceReply> {
  checkTaus([tau]);
  checkRho(asked);
  checkMargin(margin);
  const rho = await asMasked(space, asked, brought);
  const { pair } = comparedPair(space);
  const random = new Random(SEED);
  const data = Float32Array.from(pair.student.data, () => 2 * random.next() - 1);
  const guessing: Pair = { ...pair, student: { data, C: pair.student.C } };
  const { gpu } = space.compute;
  const comparison = gpu ? await GpuComparison.create(gpu, guessing) : new CpuComparison(guessing);
  const mask = pairMask(guessing, rho);
  const values: [LossKind, number | null][] = [];
  try {
    for (const kind of LOSS_KINDS) {
      const known = applies(kind, guessing) && asks(kind, mask);
      values.push([kind, known ? (await comparison.step(kind, { tau, rho, margin }, pause)).loss : null]);
    }
  } finally {
    comparison.destroy();
  }
  return { tau, rho: asked, margin, brought: brought ?? null, losses: byLoss(values) };
}
