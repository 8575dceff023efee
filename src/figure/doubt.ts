/** How far the match of a query in a frame is to be trusted, by what the features say of themselves: no truth, and no temperature. */
import type { Match, TokenRef } from "../worker/protocol.ts";

/** "lost": it does not lead back. "unsure": it does, but another place looks nearly as good. */
export type DoubtLevel = "sure" | "unsure" | "lost";

export interface Doubt {
  readonly level: DoubtLevel;
  /** Tokens between the query and where its match leads back to, along the longer side. */
  readonly away: number;
  /** Cosine of the match. */
  readonly cosine: number;
  /** How far it is ahead of the best place elsewhere, in standard deviations of the frame's cosines. */
  readonly lead: number;
}

/** A lead below this is a rival: chosen on clips whose truth is known, see docs/doubt.md. */
export const RIVAL_LEAD = 0.25;

/** @param back where the match leads back to, a position of the query's own frame; @param W tokens of a row */
export function doubtOf(
  { similarity, rival, spread }: Pick<Match, "similarity" | "rival" | "spread">,
  [, row, col]: TokenRef,
  back: number,
  W: number,
): Doubt {
  const away = Math.max(Math.abs(Math.floor(back / W) - row), Math.abs((back % W) - col));
  const ahead = similarity - rival;
  // Without a rival, or among cosines that are all the same.
  const lead = Number.isNaN(rival) ? Number.POSITIVE_INFINITY : spread > 0 ? ahead / spread : 0;
  return { level: away > 1 ? "lost" : lead < RIVAL_LEAD ? "unsure" : "sure", away, cosine: similarity, lead };
}

/** The share of the curve's best that a warmer τ may lose and still be picked: as sharp as needed, no sharper. */
const NEARLY = 0.01;

/** The τ that a curve of cycle consistency advises: the warmest whose soft matches lead back as often as the best's, but for a hundredth. */
export function advisedTau({ taus, cycle }: { readonly taus: readonly number[]; readonly cycle: ArrayLike<number> }): {
  readonly tau: number;
  readonly share: number;
} {
  const shares = Array.from(cycle);
  const best = Math.max(...shares);
  const good = taus.flatMap((tau, t) => (shares[t] >= best - NEARLY ? [{ tau, share: shares[t] }] : []));
  return good.reduce((warmest, one) => (one.tau > warmest.tau ? one : warmest));
}
