import { agreementOf } from "../../alignment/agreement.ts";
import { asks, type Pair, pairMask } from "../../alignment/comparison.ts";
import type { CorrespondenceEngine } from "../../alignment/correspondence/correspondence.ts";
import { LOSS_DEFAULTS } from "../../alignment/loss_config.ts";
import { TEMPERED_LOSSES, type TemperedLoss } from "../../alignment/losses.ts";
import { blocksOf } from "../../encoders/noised.ts";
import { checkRho, checkTaus } from "../checks.ts";
import { BadRequest } from "../failures.ts";
import type { CompareLayersRequest, Grid, LayerPoint } from "../protocol.ts";
import { type ComparedPair, comparedPair, type PairEngines, type Running, type Workspace } from "../workspace.ts";
import { createEngines } from "./compare.ts";
import { asMasked, byLoss } from "./losses.ts";
import { afterBlock, encodeSide, onGrid } from "./sides.ts";

/** Frames whose tokens are asked where they went: the frames between belong to the student's same tokens. */
const FRAME_STEP = 4;

/**
 * Where the diffusion student sees motion: each block against the teacher, and both against the truth. Everything else goes
 * first in between.
 */
export async function compareLayers(
  space: Workspace,
  { tau, rho: asked, brought }: CompareLayersRequest,
  running: Running,
): Promise<null> {
  checkTaus([tau]);
  checkRho(asked);
  const rho = await asMasked(space, asked, brought);
  const compared = comparedPair(space);
  // What goes first in between may give the pair another mask: every block is asked about the tokens of this one.
  const { noised, sides, pair: atStart } = compared;
  const mask = pairMask(atStart, rho);
  const blocks = noised && blocksOf(noised.spec.encoder);
  if (!blocks)
    throw new BadRequest(
      "the student has no blocks to compare: compare with the student cogvideox, or one of your own, first",
    );
  const emit = (point: Omit<LayerPoint, "type" | "tau" | "rho" | "brought">) =>
    space.emit({ type: "layer-point", tau, rho: asked, brought: brought ?? null, ...point });
  const moved = (engine: Positions) => movedFound(compared, engine, tau, running.pause);
  for (let block = 1; block <= blocks.count; block++) {
    await running.giveWay();
    const { side } = await encodeSide(space, afterBlock(noised.spec, block), noised.input, sides, running);
    const pair: Pair = { ...atStart, student: onGrid(side, compared.grids.student) };
    const engines = await createEngines(space.compute, { pair, grids: compared.grids });
    try {
      if (block === 1) {
        emit({ of: "teacher", losses: null, moved: await moved(engines.teacher) });
        emit({ of: "even", losses: null, moved: await moved(evenBelief(compared.grids.teacher)) });
      }
      const losses = await lossesOf(engines, { tau, rho, mask }, running.pause);
      emit({ of: block, losses, moved: await moved(engines.student) });
    } finally {
      for (const part of Object.values(engines)) part.destroy();
    }
  }
  return null;
}

interface Asked {
  readonly tau: number;
  readonly rho: number;
  readonly mask: Uint8Array;
}

async function lossesOf({ comparison }: PairEngines, { tau, rho, mask }: Asked, pause: Running["pause"]) {
  const params = { tau, rho, margin: LOSS_DEFAULTS.margin };
  const losses: [TemperedLoss, number | null][] = [];
  for (const kind of TEMPERED_LOSSES)
    losses.push([kind, asks(kind, mask) ? (await comparison.step(kind, params, pause)).loss : null]);
  return byLoss(losses);
}

type Positions = Pick<CorrespondenceEngine, "grid" | "positions">;

/** Baseline: a uniform distribution, whose soft match is the middle of the frame, so that it finds the tokens that end there. */
const evenBelief = (grid: Grid): Positions => ({
  grid,
  async positions(queries, taus) {
    const { F, H, W } = grid;
    const middle = [(H - 1) / 2, (W - 1) / 2, Math.floor((H * W) / 2)];
    const found = Float32Array.from({ length: queries.length * F * 3 }, (_, i) => middle[i % 3]);
    return taus.map(() => found);
  },
});

/** Of the tokens that moved, the share whose soft match is within one token of the truth, over some frames' tokens. */
async function movedFound(
  { grids, trackOf }: ComparedPair,
  engine: Positions,
  tau: number,
  pause: Running["pause"],
): Promise<LayerPoint["moved"]> {
  if (!trackOf([0, 0, 0])) return null;
  let counted = 0;
  let found = 0;
  for (let frame = 0; frame < grids.teacher.F; frame += FRAME_STEP) {
    const { moved } = await agreementOf(engine, frame, [tau], (token) => trackOf(token) ?? new Float32Array(), pause);
    for (const [f, n] of moved.counted.entries()) {
      counted += n;
      if (n > 0) found += n * moved.soft[0][f];
    }
  }
  return { counted, found: counted > 0 ? found / counted : Number.NaN };
}
