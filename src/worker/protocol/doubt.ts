/** The part of the protocol that says how far matches are to be trusted where nobody knows the truth. Letters as in docs/method.md. */
import type { TauCurve } from "../../alignment/cycle.ts";
import type { TokenRef } from "../../alignment/types.ts";

/** There and back: where the best matches of some tokens lead to in their own frame. The newest request wins. */
export interface ReturnsRequest {
  readonly type: "returns";
  readonly queries: readonly TokenRef[];
}

export interface Returns {
  readonly queries: readonly TokenRef[];
  /** [Q, F] positions s = row·W + col within each query's own frame. */
  readonly positions: Uint32Array;
}

/** Cycle consistency of soft matches from one frame against τ; gives way to every other request. */
export interface TauCurveRequest {
  readonly type: "tau-curve";
  readonly frame: number;
  readonly taus: readonly number[];
}

export interface TauCurveReply extends TauCurve {
  readonly frame: number;
  readonly taus: readonly number[];
}

export interface DoubtReplies {
  returns: Returns;
  "tau-curve": TauCurveReply;
}
