/** What was marked by hand on a clip, with the steps that led there: each change makes new ones. */
import type { PointTracks } from "../../worker/protocol.ts";
import { pointCount } from "./points.ts";

/** Tracks, and which of them the next point is added to. */
export interface Marked {
  readonly tracks: PointTracks;
  readonly active: number;
}

export interface Marks {
  /** null: nothing was marked, or it was put away. */
  readonly now: Marked | null;
  readonly earlier: readonly Marked[];
  readonly later: readonly Marked[];
  /** The tracks that were saved last. */
  readonly saved: PointTracks | null;
}

export const NO_MARKS: Marks = { now: null, earlier: [], later: [], saved: null };

/** Of a clip of ten minutes each step holds megabytes. */
const MOST_STEPS = 30;

/** Marked anew: a step from what is on show. */
export const stepTo = ({ earlier, saved }: Marks, shown: Marked, now: Marked): Marks => ({
  now,
  earlier: [...earlier, shown].slice(-MOST_STEPS),
  later: [],
  saved,
});

/** Put away, as a step that can be taken back. */
export const setAside = (marks: Marks): Marks =>
  marks.now ? { ...marks, now: null, earlier: [...marks.earlier, marks.now].slice(-MOST_STEPS), later: [] } : marks;

/** The step before the one on show, or the one after it; null where there is none. */
export function stepped({ earlier, later, saved }: Marks, shown: Marked, back: boolean): Marks | null {
  const now = (back ? earlier : later).at(-1);
  if (!now) return null;
  return back
    ? { now, earlier: earlier.slice(0, -1), later: [...later, shown], saved }
    : { now, earlier: [...earlier, shown], later: later.slice(0, -1), saved };
}

/** Whether there are points that closing the page would lose. */
export const isUnsaved = ({ now, saved }: Marks): boolean =>
  now !== null && now.tracks !== saved && pointCount(now.tracks) > 0;
