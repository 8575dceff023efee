import { create } from "zustand";
import type {
  Failure,
  Generated,
  GeneratePreview,
  GenerateProgress,
  GenerateRequest,
  Judged,
} from "../../worker/protocol.ts";

export interface Evaluation {
  readonly judged: Judged | null;
  /** What the settings called it; see `keyOf`. */
  readonly of: string | null;
  /** What `judged` was made by, and the simulator's clip beside it, where our student made it. */
  readonly generated: Generated | null;
  readonly busy: boolean;
  readonly failure: Failure | null;
  /** The user's own file that is being judged; it comes before the clip that the settings name. */
  readonly incoming: File | null;
  /** The one that could not be judged: what "Try again" tries. */
  readonly refused: File | null;
  /** The user's own files that were judged in this visit, by their names in the settings. */
  readonly files: ReadonlyMap<string, File>;
}

export const useEvaluation = create<Evaluation>(() => ({
  judged: null,
  of: null,
  generated: null,
  busy: false,
  failure: null,
  incoming: null,
  refused: null,
  files: new Map(),
}));

/** What our student makes when the user asks for it. */
export interface Generation {
  /** The clip that was asked for, until it is made or given up. */
  readonly order: GenerateRequest | null;
  /** null: nothing is being made. */
  readonly progress: Omit<GenerateProgress, "type"> | null;
  /** Its guess of the clip so far; null: none was shown yet. */
  readonly preview: Omit<GeneratePreview, "type"> | null;
}

export const useGeneration = create<Generation>(() => ({ order: null, progress: null, preview: null }));

/** The frame on show, for viewer and charts alike; it changes with the pointer and is no setting. */
export interface Scrub {
  readonly pinned: number;
  /** Under the pointer, where that is in a chart. */
  readonly hover: number | null;
  readonly playing: boolean;
}

export const useScrub = create<Scrub>(() => ({ pinned: 0, hover: null, playing: false }));

export const frameOf = ({ pinned, hover }: Scrub): number => hover ?? pinned;
