/** Tables of VideoPhy's judges that the user opened, for videos that scale/evaluate.py drew with checkpoints of their own. */
import { create } from "zustand";
import { JUDGES, type JudgeName, type JudgeSide, type JudgeTable, readJudgeTable } from "../../formats/judge_table.ts";
import { setSettings } from "../settings.ts";

interface JudgeTables {
  readonly tables: readonly JudgeTable[];
  /** What is wrong with the file that was opened last. */
  readonly problem: string | null;
}

export const useJudgeTables = create<JudgeTables>(() => ({ tables: [], problem: null }));

export const closeJudgeTables = (): void => useJudgeTables.setState({ tables: [], problem: null });

/** Adds tables to those on show; one of the same judge, side and checkpoint takes the place of the one before. */
export async function openJudgeTables(files: readonly File[]): Promise<void> {
  setSettings({ view: "evaluate" });
  useJudgeTables.setState({ problem: null });
  for (const file of files) {
    try {
      const read = readJudgeTable(await file.text(), file.name);
      useJudgeTables.setState(({ tables }) => ({
        tables: [...tables.filter((old) => !read.some(same(old))), ...read],
      }));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      useJudgeTables.setState({ problem: `“${file.name}” is no table of a judge: ${why}.` });
    }
  }
}

const same = (a: JudgeTable) => (b: JudgeTable) =>
  a.judge === b.judge && a.side === b.side && a.checkpoint === b.checkpoint;

/** How many of so many videos. */
export interface Count {
  readonly good: number;
  readonly of: number;
}

export interface CheckpointRow {
  readonly checkpoint: string;
  readonly sa: Count | null;
  readonly pc: Count | null;
  /** Good in both, of the videos that both tables have. */
  readonly joint: Count | null;
}

/** What one judge says of every checkpoint, in the order in which they came. */
export function rowsOf(tables: readonly JudgeTable[], judge: JudgeName): readonly CheckpointRow[] {
  const own = tables.filter((table) => table.judge === judge);
  const { good: least } = JUDGES[judge];
  const good = (score: number | undefined) => score !== undefined && score >= least;
  return [...new Set(own.map(({ checkpoint }) => checkpoint))].map((checkpoint) => {
    const of = (side: JudgeSide) => own.find((table) => table.checkpoint === checkpoint && table.side === side)?.scores;
    const count = (scores: ReadonlyMap<string, number>): Count => ({
      good: [...scores.values()].filter(good).length,
      of: scores.size,
    });
    const [sa, pc] = [of("sa"), of("pc")];
    const shared = sa && pc ? [...sa].filter(([video]) => pc.has(video)) : [];
    const both = shared.filter(([video, score]) => good(score) && good(pc?.get(video))).length;
    return {
      checkpoint,
      sa: sa ? count(sa) : null,
      pc: pc ? count(pc) : null,
      joint: shared.length > 0 ? { good: both, of: shared.length } : null,
    };
  });
}

/** 95 % interval of a share, by Wilson's score: as wide as chance alone makes it, had other prompts been drawn. */
export function interval({ good, of }: Count): readonly [low: number, high: number] {
  const z = 1.96;
  const share = good / of;
  const middle = share + z ** 2 / (2 * of);
  const side = z * Math.sqrt((share * (1 - share)) / of + (z / (2 * of)) ** 2);
  const whole = 1 + z ** 2 / of;
  return [(middle - side) / whole, (middle + side) / whole];
}
