/** Trials of the judge's examination, counted: one table per template. */
import type { TemplateName } from "../../world/types.ts";

export type Part = "pass" | "corruptions" | "controls" | "robustness";
export const PARTS: readonly Part[] = ["pass", "corruptions", "controls", "robustness"];

/** One judged clip. */
export interface Trial {
  readonly template: TemplateName;
  readonly seed: number;
  readonly part: Part;
  /** "as-made", a corruption's or a control's name, "noise", "blur", "both". */
  readonly kind: string;
  /** What is asked: of a corruption whether PC* fails, of everything else whether Joint* is as it must be. */
  readonly right: boolean;
  /** null: this clip gives the corruption nothing to break. */
  readonly verdict: {
    readonly sa: boolean;
    readonly pc: boolean;
    readonly joint: boolean;
    readonly discarded: string | null;
    /** Rules that do not hold: error over tolerance. */
    readonly broken: Readonly<Record<string, number>>;
  } | null;
}

export interface Row {
  readonly part: Part;
  readonly kind: string;
  /** Judged clips. */
  readonly clips: number;
  /** Clips with nothing to break. */
  readonly none: number;
  readonly right: number;
  readonly sa: number;
  readonly pc: number;
  readonly joint: number;
  readonly discarded: number;
  /** How many clips break each rule. */
  readonly broken: Readonly<Record<string, number>>;
  /** Seeds that were not right, the first few. */
  readonly wrong: readonly number[];
}

/** Seeds of misses that a report keeps of each row. */
const KEPT = 8;

/** One row for each kind of trial, in the order in which kinds first come. */
export function tally(trials: readonly Trial[]): Partial<Record<TemplateName, Row[]>> {
  const tables: Partial<Record<TemplateName, Row[]>> = {};
  const groups = new Map<string, Trial[]>();
  for (const trial of trials) {
    const key = `${trial.template} ${trial.part} ${trial.kind}`;
    const group = groups.get(key);
    if (group) group.push(trial);
    else groups.set(key, [trial]);
  }
  for (const group of groups.values()) {
    const [{ template }] = group;
    const table = tables[template] ?? [];
    table.push(rowOf(group));
    tables[template] = table;
  }
  return tables;
}

function rowOf(group: readonly Trial[]): Row {
  const [{ part, kind }] = group;
  const verdicts = group.flatMap(({ verdict }) => (verdict ? [verdict] : []));
  const broken: Record<string, number> = {};
  for (const verdict of verdicts)
    for (const rule of Object.keys(verdict.broken)) broken[rule] = (broken[rule] ?? 0) + 1;
  const judged = group.filter(({ verdict }) => verdict !== null);
  return {
    part,
    kind,
    clips: judged.length,
    none: group.length - judged.length,
    right: judged.filter(({ right }) => right).length,
    sa: verdicts.filter(({ sa }) => sa).length,
    pc: verdicts.filter(({ pc }) => pc).length,
    joint: verdicts.filter(({ joint }) => joint).length,
    discarded: verdicts.filter(({ discarded }) => discarded !== null).length,
    broken: Object.fromEntries(Object.entries(broken).sort(([, a], [, b]) => b - a)),
    wrong: judged
      .filter(({ right }) => !right)
      .slice(0, KEPT)
      .map(({ seed }) => seed),
  };
}
