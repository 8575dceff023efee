import { create } from "zustand";
import type {
  Agreement,
  ClipInfo,
  ClipPart,
  ComputeInfo,
  Correspondence,
  Encoded,
  EncodeRequest,
  Failure,
  MotionMask,
  OpticalFlow,
  Returns,
  Stage,
  Survey,
  TauCurveReply,
  Thumbnails,
  TokenRef,
} from "../worker/protocol.ts";
import type { BuiltinClip } from "./catalog.ts";
import type { Settings } from "./settings.ts";

export interface Progress {
  readonly stage: Stage;
  readonly done: number;
  readonly total: number;
  readonly unit: "bytes" | "frames" | "none";
}

/** What of a clip that was given just now is looked at first. */
export interface ChosenWindow {
  /** Of the settings; `lengthS` 0 is the whole clip. */
  readonly startS: number;
  readonly lengthS: number;
  /** Tokens for the first query, the best by what was seen of the clip first. */
  readonly candidates: readonly TokenRef[];
  /** The first is 1. */
  readonly shot: number;
  readonly shots: number;
  /** Whether something moves there that is not the camera. */
  readonly moves: boolean;
  /** Where the survey ended, of a clip that is longer. */
  readonly surveyedToS: number | null;
}

/** Small frames of a part of the clip; null: of all of it. */
export interface Filmstrip extends Thumbnails {
  readonly part: ClipPart | null;
}

/** What has been computed for the current settings: a mirror of the worker, replaced and never edited. */
export interface Session {
  readonly compute: ComputeInfo | null;
  readonly catalog: readonly BuiltinClip[];
  readonly clip: ClipInfo | null;
  /** Name of the open clip in the settings. */
  readonly opened: string | null;
  /** The user's own file that is being opened; it comes before the clip that the settings name. */
  readonly incoming: File | null;
  /** The one that could not be opened: what "Try again" tries. */
  readonly refused: File | null;
  /** The user's own files that were opened in this visit, by their names in the settings. */
  readonly files: ReadonlyMap<string, File>;
  /** Where the clip can be played from. */
  readonly clipUrl: string | null;
  readonly thumbnails: Filmstrip | null;
  /** The part of the clip that the timeline shows; null: all of it. */
  readonly zoom: ClipPart | null;
  readonly survey: Survey | null;
  /** A clip that was given just now: what of it is looked at first is still to be chosen. */
  readonly fresh: boolean;
  /** What was chosen of it. */
  readonly chosen: ChosenWindow | null;
  /** Of that window, until the features have said which of the tokens are found again; the query is not used before that. */
  readonly undecided: readonly TokenRef[] | null;
  readonly encoded: Encoded | null;
  /** What `encoded` was asked for with. */
  readonly encodedFor: EncodeRequest | null;
  readonly correspondence: Correspondence | null;
  readonly mask: MotionMask | null;
  readonly flow: OpticalFlow | null;
  readonly agreement: Agreement | null;
  /** Where the matches of the queries lead back to. */
  readonly returns: Returns | null;
  readonly tauCurve: TauCurveReply | null;
  readonly progress: Progress | null;
  readonly failure: Failure | null;
  /** The last clip that could be shown, with the settings it had: where a failure leads back to. */
  readonly lastGood: { readonly name: string; readonly settings: Settings } | null;
  /** A lost device that is being recovered. */
  readonly recovering: boolean;
  /** Whether the encoder was asked for ahead of its first use. */
  readonly warmed: boolean;
}

/** What is known of encoded frames, before anything is asked of them. */
export const UNASKED = {
  correspondence: null,
  mask: null,
  flow: null,
  agreement: null,
  returns: null,
  tauCurve: null,
} as const satisfies Partial<Session>;

/** What is known of a clip, before anything is. */
export const UNSEEN = {
  ...UNASKED,
  thumbnails: null,
  zoom: null,
  survey: null,
  // Only a clip that was given just now is looked over.
  fresh: false,
  chosen: null,
  undecided: null,
  encoded: null,
  encodedFor: null,
} as const satisfies Partial<Session>;

export const useSession = create<Session>(() => ({
  compute: null,
  catalog: [],
  clip: null,
  opened: null,
  incoming: null,
  refused: null,
  files: new Map(),
  clipUrl: null,
  ...UNSEEN,
  progress: null,
  failure: null,
  lastGood: null,
  recovering: false,
  warmed: false,
}));

export const setSession = (change: Partial<Session>) => useSession.setState(change);
