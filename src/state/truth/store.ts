import { create } from "zustand";
import type { PointTracks, Scored } from "../../worker/protocol.ts";
import type { Marks } from "./marks.ts";

/** The user's own truth of the open clip, and how the encoders that were looked at follow it. */
export interface TruthState {
  /** Of the file that it came in; empty where it was marked on the page. */
  readonly name: string;
  /** null: none were brought, or the truth is of every pixel. */
  readonly tracks: PointTracks | null;
  /** Whether a press on the figure places a point, instead of moving the query. */
  readonly marking: boolean;
  /** Which of the tracks a point is added to. */
  readonly active: number;
  /** Whether the clip's own truth is scored: asked for, since it takes the GPU's time. */
  readonly asked: boolean;
  /** The newest of each encoder and sampling. */
  readonly scores: readonly Scored[];
  /** What was marked on the clips of this visit, by their content hashes. */
  readonly marks: ReadonlyMap<string, Marks>;
}

export const NO_TRUTH: Omit<TruthState, "marks"> = {
  name: "",
  tracks: null,
  marking: false,
  active: 0,
  asked: false,
  scores: [],
};

export const useTruth = create<TruthState>(() => ({ ...NO_TRUTH, marks: new Map() }));

/** Whether two scores are of the same features, so that the newer takes the older's place. */
export const ofSameFeatures = (a: Scored, b: Scored): boolean => keyOf(a) === keyOf(b);

const keyOf = ({ encoder, grid: { F, H, W }, frames }: Scored): string =>
  JSON.stringify([encoder, F, H, W, frames.map(({ index }) => index)]);

/** The scores that may be compared with the newest: of the same frames. */
export function comparable(scores: readonly Scored[]): readonly Scored[] {
  const newest = scores.at(-1);
  const framesOf = ({ frames }: Scored) => frames.map(({ index }) => index).join();
  return newest ? scores.filter((one) => framesOf(one) === framesOf(newest)) : [];
}
