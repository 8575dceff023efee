/** What was marked by hand on a clip, with the steps that led there: each change makes new ones. */
import type { PointTracks } from "../../worker/protocol.ts";
import { pointCount } from "./points.ts";

/** Tracks, and which of them the next point is added to. */
export interface Marked {
  readonly tracks: PointTracks;
  readonly active: number;
  /** Put away while they were in no file: where they are a step that can be taken back they are not lost yet. */
  readonly away?: boolean | undefined;
}

export interface Marks {
  /** null: nothing was marked, or it was put away. */
  readonly now: Marked | null;
  readonly earlier: readonly Marked[];
  readonly later: readonly Marked[];
}

export const NO_MARKS: Marks = { now: null, earlier: [], later: [] };

/** Tracks that are in a file: saved, or read from it. */
const filed = new WeakSet<PointTracks>();

/** How many earlier steps are kept: in a clip of ten minutes each of them is megabytes. */
const MOST_STEPS = 30;

/** Marked anew: a step from what is on show. */
export const stepTo = ({ earlier }: Marks, shown: Marked, now: Marks["now"]): Marks => ({
  now,
  earlier: [...earlier, shown].slice(-MOST_STEPS),
  later: [],
});

/** Put away, as a step that can be taken back. */
export const setAside = (marks: Marks): Marks =>
  marks.now ? stepTo(marks, { ...marks.now, away: isLost(marks.now) }, null) : marks;

/** Of a clip that is left: what stands there, and what was put away and is in no file. */
export const withoutSteps = ({ now, earlier }: Marks): Marks => ({
  now,
  earlier: earlier.filter(({ away }) => away),
  later: [],
});

/** Tracks are in a file by now: saved, or read from it. */
export function addFiled(tracks: PointTracks): void {
  filed.add(tracks);
}

/** The points on show were saved: what was put away before is meant to be. */
export const withoutAway = (marks: Marks): Marks => ({
  ...marks,
  earlier: marks.earlier.map(({ tracks, active }) => ({ tracks, active })),
});

/** The step before the one on show, or the one after it; null where there is none. */
export function stepped({ now: from, earlier, later }: Marks, shown: Marked, back: boolean): Marks | null {
  const now = (back ? earlier : later).at(-1);
  if (!now) return null;
  return back
    ? { now, earlier: earlier.slice(0, -1), later: [...later, shown] }
    : { now, earlier: [...earlier, { ...shown, away: from?.away }], later: later.slice(0, -1) };
}

/** Whether there are points that closing the page would lose. */
export const isUnsaved = ({ now, earlier }: Marks): boolean =>
  (now !== null && isLost(now)) || earlier.some((step) => step.away && isLost(step));

/** Whether points are there, and in no file. */
export const isLost = ({ tracks }: Marked): boolean => !filed.has(tracks) && pointCount(tracks) > 0;
