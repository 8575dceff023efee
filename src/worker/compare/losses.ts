import { applies, asks, type LossStep, pairMask } from "../../alignment/comparison.ts";
import type { CorrespondenceEngine } from "../../alignment/correspondence/correspondence.ts";
import { LOSS_DEFAULTS } from "../../alignment/loss_config.ts";
import {
  LOSS_KINDS,
  type LossKind,
  type LossParams,
  paramsOf,
  TEMPERED_LOSSES,
  type TemperedLoss,
  traitsOf,
} from "../../alignment/losses.ts";
import { matchesOf } from "../../alignment/matches.ts";
import { queryGradient } from "../../alignment/query_gradient.ts";
import { maskTokens } from "../brought/mask.ts";
import { checkMargin, checkQueries, checkRho, checkTaus } from "../checks.ts";
import type {
  CompareLosses,
  CompareLossesRequest,
  CompareQuery,
  CompareQueryRequest,
  CompareSweepRequest,
  Grid,
  LossValue,
  MaskId,
  SideCorrespondence,
} from "../protocol.ts";
import { type ComparedPair, comparedPair, type Running, type Workspace } from "../workspace.ts";

/** Most temperatures of one sweep. */
const MAX_SWEEP = 64;

/** One token's correspondences by both sides, and what TSA would change of the student's. */
export async function compareQuery(space: Workspace, { query, tau }: CompareQueryRequest): Promise<CompareQuery> {
  const { engines, grids, trackOf } = comparedPair(space);
  checkQueries([query], grids.teacher);
  checkTaus([tau]);
  const side = async (engine: CorrespondenceEngine, grid: Grid): Promise<SideCorrespondence> => {
    const found = await engine.query([query], [tau]);
    const matches = matchesOf(found, [tau], grid).filter((match) => match.tau !== null);
    return { similarity: found.similarity, probabilities: found.probabilities[0], matches };
  };
  const teacher = await side(engines.teacher, grids.teacher);
  const student = await side(engines.student, grids.student);
  const { gradient, kl } = queryGradient(teacher.similarity, student.similarity, grids.teacher, tau);
  return { query, tau, teacher, student, gradient, kl, truth: trackOf(query) };
}

/** All losses and their gradients; those whose parameters did not move are not computed again. */
export async function compareLosses(
  space: Workspace,
  { tau, rho: asked, margin, brought }: CompareLossesRequest,
  { pause }: Running,
): Promise<CompareLosses> {
  const start = performance.now();
  checkTaus([tau]);
  checkRho(asked);
  checkMargin(margin);
  const rho = await asMasked(space, asked, brought);
  const compared = comparedPair(space);
  const params = { tau, rho, margin };
  const mask = pairMask(compared.pair, rho);
  const steps: [LossKind, LossStep | null][] = [];
  for (const kind of LOSS_KINDS) {
    const known = applies(kind, compared.pair) && asks(kind, mask);
    steps.push([kind, known ? await stepOf(compared, kind, params, pause) : null]);
  }
  const { perToken } = await stepOf(compared, "tsa", params, pause);
  return {
    ...params,
    rho: asked,
    brought: brought ?? null,
    losses: byLoss(steps.map(([kind, step]) => [kind, step && lossOf(step)])),
    klPerToken: perToken,
    mask,
    ms: performance.now() - start,
  };
}

/**
 * Loss and gradient norm of the tempered losses at each τ, one after another. Everything else goes first in between; after a lost
 * device it starts again with the first τ.
 */
export async function compareSweep(
  space: Workspace,
  { taus, rho: asked, brought }: CompareSweepRequest,
  { pause, giveWay }: Running,
): Promise<null> {
  checkTaus(taus, MAX_SWEEP);
  checkRho(asked);
  for (const tau of taus) {
    const values: [TemperedLoss, LossValue | null][] = [];
    for (const kind of TEMPERED_LOSSES) {
      await giveWay();
      // Asked for anew: meanwhile the pair may have another mask, or have moved to another device.
      const rho = await asMasked(space, asked, brought);
      const { pair, engines } = comparedPair(space);
      const params = { tau, rho, margin: LOSS_DEFAULTS.margin };
      const known = asks(kind, pairMask(pair, rho));
      values.push([kind, known ? lossOf(await engines.comparison.step(kind, params, pause)) : null]);
    }
    space.emit({ type: "sweep-point", tau, rho: asked, brought: brought ?? null, ...byLoss(values) });
  }
  return null;
}

/**
 * Puts the user's own marks in the place of the clip's motion, or the motion back.
 * @returns the share of tokens that are kept of it: of marks all
 */
export async function asMasked(space: Workspace, rho: number, brought: MaskId | undefined): Promise<number> {
  const compared = comparedPair(space);
  const { frames, grids, tubelet, engines } = compared;
  if (compared.masked !== (brought ?? null)) {
    const motion = brought ? await maskTokens(space, brought, frames, grids.teacher, tubelet) : compared.motion;
    engines.comparison.setMotion(motion);
    for (const kind of LOSS_KINDS) if (traitsOf(kind).queries === "moving") compared.steps.delete(kind);
    compared.pair = { ...compared.pair, motion };
    compared.masked = brought ?? null;
  }
  return brought ? 1 : rho;
}

async function stepOf(
  { engines, steps }: ComparedPair,
  kind: LossKind,
  params: LossParams,
  pause: Running["pause"],
): Promise<LossStep> {
  const key = JSON.stringify(paramsOf(kind, params));
  const kept = steps.get(kind);
  if (kept?.key === key) return kept.step;
  const step = await engines.comparison.step(kind, params, pause);
  steps.set(kind, { key, step });
  return step;
}

/** Values of losses as a record with one entry each. */
export const byLoss = <K extends LossKind, V>(entries: readonly (readonly [K, V])[]) =>
  Object.fromEntries(entries) as Record<K, V>;

const lossOf = ({ loss, gradNorm }: LossStep): LossValue => ({ loss, gradNorm });
