/** PPE* of a run in training on a few pairs, asked clip by clip. */
import { create } from "zustand";
import { type BrokenPair, VIOLATIONS } from "../../worker/protocol.ts";
import { ask } from "./ask.ts";
import { type Interval, shareInterval } from "./statistics.ts";
import type { StudentRun } from "./store.ts";

/** Clips that are asked about, and of how many of the task's at the most: gravity does not show in every one. */
const [CLIPS, TRIES] = [6, 24];
/** The share of pairs at which a violation counts as noticed. */
export const NOTICED = 0.75;

interface Plausibility {
  readonly run: number;
  /** The steps of its first clip and of its last: a run that goes on learns between them; null before the first. */
  readonly steps: readonly [first: number, last: number] | null;
  /** Clips that are over. */
  readonly done: number;
  readonly pairs: readonly BrokenPair[];
  readonly busy: boolean;
}

/** null until somebody asks. */
export const usePlausibility = create<{ readonly found: Plausibility | null }>(() => ({ found: null }));

type Asked = Pick<StudentRun, "run" | "recipe">;

/** Clips of the task that a run may be asked about. */
const clipsThere = ({ recipe }: Pick<Asked, "recipe">): number =>
  recipe.drawn === "trained" ? Math.min(recipe.clips, TRIES) : TRIES;

/** How many clips it is measured by, at the most. */
export const plausibleClips = (run: Pick<Asked, "recipe">): number => Math.min(CLIPS, clipsThere(run));

/** Measures a run as it is while it is asked. */
export async function measurePlausibility({ run, recipe }: Asked): Promise<void> {
  const started: Plausibility = { run, steps: null, done: 0, pairs: [], busy: true };
  usePlausibility.setState({ found: started });
  let now = started;
  const most = clipsThere({ recipe });
  for (let clip = 0; clip < most && now.done < CLIPS; clip++) {
    const found = await ask({ type: "student-plausible", run, clip });
    // Stopped, or asked of another run.
    if (usePlausibility.getState().found !== now) return;
    if (!found) return end(now);
    const { step, pairs } = found;
    const steps = [now.steps?.[0] ?? step, step] as const;
    now = { ...now, steps, done: now.done + (pairs.length > 0 ? 1 : 0), pairs: [...now.pairs, ...pairs] };
    usePlausibility.setState({ found: now });
  }
  usePlausibility.setState({ found: { ...now, busy: false } });
}

/** What is found by then stays; where that is nothing, nothing is said. */
const end = (found: Plausibility) =>
  usePlausibility.setState({ found: found.pairs.length > 0 ? { ...found, busy: false } : null });

export function stopPlausibility(): void {
  const { found } = usePlausibility.getState();
  if (!found) return;
  end(found);
  void ask({ type: "student-plausible-stop" });
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
