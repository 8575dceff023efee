/** The part of the protocol that takes the truth of a clip from the user, and measures features by it. Letters as in docs/method.md. */
import type { TrackScores } from "../../alignment/track_score.ts";
import type { EncoderId } from "../../encoders/input.ts";
import type { TokenSize } from "../../encoders/types.ts";
import type { PointTracks } from "../../formats/tracks_csv.ts";
import type { SampledFrame } from "../../video/types.ts";

export type { TrackScore } from "../../alignment/track_score.ts";
export type { PointTracks };

/**
 * Takes what is true of the open clip, in place of what came with it, until another clip is opened: point tracks in a file (.npz, .csv),
 * our own truth as .json, points that were marked on the page; null: what came with the clip again.
 */
export interface TruthRequest {
  readonly type: "truth";
  readonly source:
    | { readonly kind: "file"; readonly file: File }
    /** `clip`: content hash of the clip that they were marked on. Where another is open by now its truth stays as it is. */
    | { readonly kind: "points"; readonly clip: string; readonly tracks: PointTracks }
    /** No points yet: what a first one is marked in. */
    | { readonly kind: "none" }
    | null;
}

export interface TruthReply {
  /** Content hash of the clip whose truth it is: the one that was open when the request's turn came. */
  readonly clip: string;
  /** Of the file; empty where there was none. */
  readonly name: string;
  /** The points; null where the truth is of every pixel, or there is none. */
  readonly tracks: PointTracks | null;
  /** Whether the clip has any truth now. */
  readonly hasTruth: boolean;
}

/** Scores the encoded clip by its points, or by 16×16 points where the truth is of every pixel. Needs a clip with truth. */
export interface ScoreRequest {
  readonly type: "score";
  readonly taus: readonly number[];
}

export interface Scored extends TrackScores {
  readonly encoder: EncoderId;
  readonly token: TokenSize;
  readonly grid: { readonly F: number; readonly H: number; readonly W: number };
  /** In which they were looked for. */
  readonly frames: readonly SampledFrame[];
}

export interface TruthReplies {
  truth: TruthReply;
  score: Scored;
}
