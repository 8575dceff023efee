/** PPE* of a run in training on a few pairs, asked clip by clip. */
import { create } from "zustand";
import { type BrokenPair, VIOLATIONS } from "../../worker/protocol.ts";
import { ask } from "./ask.ts";
import { type Interval, shareInterval } from "./statistics.ts";
import { byLiveRun, type StudentRun } from "./store.ts";

/** Clips that are asked about, and of how many of the task's at the most: gravity does not show in every one. */
const [CLIPS, TRIES] = [6, 24];
/** The share of pairs at which a violation counts as noticed. */
export const NOTICED = 0.75;

interface Plausibility {
  /** The steps of its first clip and of its last: a run that goes on learns between them; null before the first. */
  readonly steps: readonly [first: number, last: number] | null;
  /** Clips that are over. */
  readonly done: number;
  readonly pairs: readonly BrokenPair[];
  readonly busy: boolean;
}

/** By run; a run that nobody measured has no entry. */
export const usePlausibility = create<Readonly<Record<number, Plausibility | undefined>>>(() => ({}));

const put = (run: number, found: Plausibility | undefined): void =>
  usePlausibility.setState((now) => ({ ...byLiveRun(now), [run]: found }), true);

type Asked = Pick<StudentRun, "run" | "recipe">;

/** Clips of the task that a run may be asked about. */
const clipsThere = ({ recipe }: Pick<Asked, "recipe">): number =>
  recipe.drawn === "trained" ? Math.min(recipe.clips, TRIES) : TRIES;

/** How many clips it is measured by, at the most. */
export const plausibleClips = (run: Pick<Asked, "recipe">): number => Math.min(CLIPS, clipsThere(run));

/** Measures a run as it is while it is asked; another may be measured beside it. */
export async function measurePlausibility({ run, recipe }: Asked): Promise<void> {
  let now: Plausibility = { steps: null, done: 0, pairs: [], busy: true };
  put(run, now);
  const most = clipsThere({ recipe });
  for (let clip = 0; clip < most && now.done < CLIPS; clip++) {
    const found = await ask({ type: "student-plausible", run, clip });
    // It was stopped, or begun again.
    if (usePlausibility.getState()[run] !== now) return;
    if (!found) return end(run, now);
    const { step, pairs } = found;
    const steps = [now.steps?.[0] ?? step, step] as const;
    now = { ...now, steps, done: now.done + (pairs.length > 0 ? 1 : 0), pairs: [...now.pairs, ...pairs] };
    put(run, now);
  }
  put(run, { ...now, busy: false });
}

/** What is found by then stays; where that is nothing, nothing is said. */
const end = (run: number, found: Plausibility) =>
  put(run, found.pairs.length > 0 ? { ...found, busy: false } : undefined);

export function stopPlausibility(run: number): void {
  const found = usePlausibility.getState()[run];
  if (!found) return;
  end(run, found);
  void ask({ type: "student-plausible-stop", run });
}

/** One size of violation. */
export interface ViolationRow {
  readonly by: number;
  readonly pairs: number;
  /** Of both ways together, with Wilson's 95 % interval. */
  readonly caught: Interval;
  /** Share of each way, and of a student that says nothing, both ways together. */
  readonly more: number;
  readonly less: number;
  readonly silent: number;
}

export function violationRows(pairs: readonly BrokenPair[]): ViolationRow[] {
  return VIOLATIONS.flatMap((by) => {
    const own = pairs.filter((pair) => pair.by === by);
    if (own.length === 0) return [];
    const share = (some: readonly BrokenPair[], of: (pair: BrokenPair) => boolean) =>
      some.filter(of).length / some.length;
    const caught = ({ caught: is }: BrokenPair) => is;
    const way = (name: BrokenPair["way"]) =>
      share(
        own.filter((pair) => pair.way === name),
        caught,
      );
    return [
      {
        by,
        pairs: own.length,
        caught: shareInterval(own.filter(caught).length, own.length),
        more: way("more"),
        less: way("less"),
        silent: share(own, ({ silent }) => silent),
      },
    ];
  });
}

/**
 * How large a violation must be until it is noticed: between the sizes in proportion, on their logarithm.
 * @returns null where none of the sizes is noticed; the least size where all are, and `atMost` then
 */
export function threshold(rows: readonly ViolationRow[]): { readonly by: number; readonly atMost: boolean } | null {
  // From the size on from which all larger ones are noticed.
  const from = rows.findLastIndex(({ caught }) => caught.mean < NOTICED) + 1;
  const [above, below] = [rows[from], rows[from - 1]];
  if (!above) return null;
  if (!below) return { by: above.by, atMost: true };
  const part = (NOTICED - below.caught.mean) / (above.caught.mean - below.caught.mean);
  return { by: Math.exp(Math.log(below.by) + part * Math.log(above.by / below.by)), atMost: false };
}
