import { create } from "zustand";
import type {
  ClipInfo,
  CompareChanceReply,
  Compared,
  CompareLosses,
  CompareQuery,
  CompareRequest,
  LayerPoint,
  MaskId,
  SweepPoint,
  TokenRef,
} from "../../worker/protocol.ts";

/** All blocks of the diffusion student on one clip in one noise. */
export interface Layers {
  /** What they are of; see `layersKey`. */
  readonly key: string;
  readonly tau: number;
  readonly rho: number;
  /** Whose mask they are of; null: the motion's. */
  readonly brought: MaskId | null;
  readonly points: readonly LayerPoint[];
  readonly running: boolean;
}

/** The losses of a comparison that is to be remembered beside those that follow. */
export interface Pinned {
  /** What it was of. */
  readonly title: string;
  readonly losses: CompareLosses["losses"];
}

/** A comparison that the worker holds. */
export interface Latest {
  readonly compared: Compared;
  readonly clip: ClipInfo;
  readonly request: CompareRequest;
}

export interface Comparison {
  readonly latest: Latest | null;
  /** What is on screen: the comparison before stays until the first query of the latest is answered. */
  readonly shown: { readonly compared: Compared; readonly query: CompareQuery } | null;
  readonly losses: CompareLosses | null;
  /** Of a student that knows nothing, at the settings of `losses`; null until the user asks. */
  readonly chance: CompareChanceReply | null;
  readonly pinned: Pinned | null;
  readonly sweep: readonly SweepPoint[];
  /** null until the user asks for them. */
  readonly layers: Layers | null;
  /** The query on Compare's own grid, which may be finer than Explore's. */
  readonly fine: TokenRef | null;
}

/** What a student that knows nothing would have, where that was measured at the settings of the losses. */
export function chanceBeside({ chance, losses }: Pick<Comparison, "chance" | "losses">): CompareChanceReply | null {
  if (!chance || !losses) return null;
  return (["tau", "rho", "margin", "brought"] as const).every((key) => chance[key] === losses[key]) ? chance : null;
}

export const useComparison = create<Comparison>(() => ({
  latest: null,
  shown: null,
  losses: null,
  chance: null,
  pinned: null,
  sweep: [],
  layers: null,
  fine: null,
}));
