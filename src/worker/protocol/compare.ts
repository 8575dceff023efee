/** The part of the protocol that Compare uses: a teacher and a student on the same clip. Letters as in docs/method.md. */
import type { LossKind, TemperedLoss } from "../../alignment/losses.ts";
import type { Grid, Match, TokenRef } from "../../alignment/types.ts";
import type { EncoderId } from "../../encoders/input.ts";
import type { Noising } from "../../encoders/noising.ts";
import type { TokenSize } from "../../encoders/types.ts";
import type { MaskId } from "../../formats/mask_id.ts";
import type { Degradation } from "../../video/degrade.ts";
import type { SampledFrame, SamplingWindow } from "../../video/types.ts";

export type { Degradation, Noising };

/** One side of a comparison. */
export interface SideSpec {
  readonly encoder: EncoderId;
  readonly token: TokenSize;
  readonly degradation: Degradation;
}

/** Our diffusion student as a side. The worker gives it the clip's sentence where it has one, else an empty prompt. */
export interface NoisedSpec {
  readonly encoder: "cogvideox";
  readonly token: TokenSize;
  readonly degradation: Degradation;
  readonly noising: Noising;
}

export type StudentSpec = SideSpec | NoisedSpec;

/**
 * Encodes the window of the open clip twice. Sides with different token sizes are brought to the finer grid, the coarser one
 * bilinearly. The newest compare wins; what Explore has encoded stays as it is.
 */
export interface CompareRequest {
  readonly type: "compare";
  readonly window: SamplingWindow;
  readonly teacher: SideSpec;
  readonly student: StudentSpec;
}

/** Both sides' correspondences of one token, and the gradient of its row. The newest request wins. */
export interface CompareQueryRequest {
  readonly type: "compare-query";
  readonly query: TokenRef;
  readonly tau: number;
}

/** All losses at these hyper-parameters. The newest request wins; a running one gives way between two submits. */
export interface CompareLossesRequest {
  readonly type: "compare-losses";
  readonly tau: number;
  readonly rho: number;
  readonly margin: number;
  /** The user's own mask, which then stands for the motion's, whatever ρ is. */
  readonly brought?: MaskId;
}

/** The same losses for a student whose features are drawn at random. The newest request wins. */
export interface CompareChanceRequest extends Omit<CompareLossesRequest, "type"> {
  readonly type: "compare-chance";
}

export interface CompareChanceReply {
  readonly tau: number;
  readonly rho: number;
  readonly margin: number;
  /** Whose mask it is; null: the motion's. */
  readonly brought: MaskId | null;
  /** null where a loss does not apply to the pair, or asks moving tokens and none moves. */
  readonly losses: Readonly<Record<LossKind, number | null>>;
}

/** Loss and gradient norm of the tempered losses at each τ, as `sweep-point` events; gives way to every other request. */
export interface CompareSweepRequest {
  readonly type: "compare-sweep";
  readonly taus: readonly number[];
  readonly rho: number;
  readonly brought?: MaskId;
}

/**
 * What every block of the diffusion student makes of the compared clip at the compared noise, as `layer-point` events: first the
 * teacher's and the even belief's, then block 1 to the last. Needs a comparison with that student; gives way to every other request.
 */
export interface CompareLayersRequest {
  readonly type: "compare-layers";
  readonly tau: number;
  readonly rho: number;
  readonly brought?: MaskId;
}

/** One block of the student, its teacher, or a belief that knows nothing. */
export interface LayerPoint {
  readonly type: "layer-point";
  readonly tau: number;
  readonly rho: number;
  /** "even": every position alike, so that the soft match is the middle of the frame. */
  readonly of: number | "teacher" | "even";
  /** Whose mask it is; null: the motion's. */
  readonly brought: MaskId | null;
  /** Against the teacher; null where it is no block, and one that asks moving tokens where none moves. */
  readonly losses: Readonly<Record<TemperedLoss, number | null>> | null;
  /**
   * Of the tokens that truly moved further than one token, from every 4th frame into all others: how many, and the share whose
   * soft match lies within one token of the truth. null without truth.
   */
  readonly moved: { readonly counted: number; readonly found: number } | null;
}

export interface Compared {
  readonly teacher: SideSpec;
  readonly student: StudentSpec;
  /** What the diffusion student read, perhaps nothing; null where the student reads no prompt. */
  readonly prompt: string | null;
  /** F, H, W of the grid that both sides were brought to; C of each side. */
  readonly grid: Omit<Grid, "C">;
  readonly channels: { readonly teacher: number; readonly student: number };
  /** As used: trimmed. */
  readonly window: SamplingWindow;
  readonly frames: readonly SampledFrame[];
  readonly tokenPx: readonly [number, number];
  /** The frames as they are, and as the student saw them; at most CLIP_LIMITS.maxDisplaySide. */
  readonly images: readonly ImageBitmap[];
  readonly studentImages: readonly ImageBitmap[];
  readonly notices: readonly string[];
}

/** One side's correspondences of the query: cosines [N], tempered distribution [N], best matches by frame. */
export interface SideCorrespondence {
  readonly similarity: Float32Array;
  readonly probabilities: Float32Array;
  readonly matches: readonly Match[];
}

export interface CompareQuery {
  readonly query: TokenRef;
  readonly tau: number;
  readonly teacher: SideCorrespondence;
  readonly student: SideCorrespondence;
  /** The query's row of ∂L_TSA/∂R_student (eq. 10), [N]: positive where the student puts too much. */
  readonly gradient: Float32Array;
  /** KL(teacher ‖ student) of the query, by frame, [F]. */
  readonly kl: Float32Array;
  /** True (row, col) of the query in each frame, [F, 2], NaN where it is hidden or outside; null without truth. */
  readonly truth: Float32Array | null;
}

export interface LossValue {
  readonly loss: number;
  /** ‖∂L/∂y_student‖ over all tokens. */
  readonly gradNorm: number;
}

/** One temperature of a sweep; null of a loss that asks moving tokens where none moves. */
export interface SweepPoint extends Readonly<Record<TemperedLoss, LossValue | null>> {
  readonly type: "sweep-point";
  readonly tau: number;
  readonly rho: number;
  /** Whose mask it is; null: the motion's. */
  readonly brought: MaskId | null;
}

export interface CompareLosses {
  readonly tau: number;
  readonly rho: number;
  readonly margin: number;
  /** null where a loss does not apply to the pair, or asks moving tokens and none moves. */
  readonly losses: Readonly<Record<LossKind, LossValue | null>>;
  /** tsa: Σ_f KL of each token as the query, [N]. */
  readonly klPerToken: Float32Array;
  /** The motion mask of mtsa, [N], 1 where a token is a query. */
  readonly mask: Uint8Array;
  /** Whose mask it is; null: the motion's. */
  readonly brought: MaskId | null;
  readonly ms: number;
}
