import { create } from "zustand";
import type {
  Agreement,
  ClipInfo,
  ComputeInfo,
  Correspondence,
  Encoded,
  Failure,
  MotionMask,
  Stage,
  Thumbnails,
} from "../worker/protocol.ts";
import type { BuiltinClip } from "./catalog.ts";

export interface Progress {
  readonly stage: Stage;
  readonly done: number;
  readonly total: number;
  readonly unit: "bytes" | "frames" | "none";
}

/** What has been computed for the current settings: a mirror of the worker, replaced and never edited. */
export interface Session {
  readonly compute: ComputeInfo | null;
  readonly catalog: readonly BuiltinClip[];
  readonly clip: ClipInfo | null;
  /** Where the clip can be played from. */
  readonly clipUrl: string | null;
  readonly thumbnails: Thumbnails | null;
  readonly encoded: Encoded | null;
  readonly correspondence: Correspondence | null;
  readonly mask: MotionMask | null;
  readonly agreement: Agreement | null;
  readonly progress: Progress | null;
  readonly failure: Failure | null;
  /** Name of the last clip that could be shown: where a failure leads back to. */
  readonly lastGood: string | null;
  /** A lost device that is being recovered. */
  readonly recovering: boolean;
  /** A link to somebody's own clip was opened: its name, until that clip is dropped. */
  readonly awaitingFile: string | null;
}

export const useSession = create<Session>(() => ({
  compute: null,
  catalog: [],
  clip: null,
  clipUrl: null,
  thumbnails: null,
  encoded: null,
  correspondence: null,
  mask: null,
  agreement: null,
  progress: null,
  failure: null,
  lastGood: null,
  recovering: false,
  awaitingFile: null,
}));

export const setSession = (change: Partial<Session>) => useSession.setState(change);
