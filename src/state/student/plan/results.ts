/** What the arms of a plan reached, beside one of them: the table at the end. The unit is the clip; each arm is one run. */
import type { StudentSample } from "../../../worker/protocol.ts";
import { holm, type Interval, meanInterval, shareInterval, signFlipTest } from "../statistics.ts";
import { type StudentLook, type StudentRun, showsNone } from "../store.ts";
import { armRuns, armValue, isOver, type StudentPlan, stepsOf } from "./plan.ts";

/** What is measured in every drawn clip: px, or 1 where a mark holds and 0 where not. */
export const MEASURES = {
  centre: ({ centreError }) => centreError,
  sa: ({ sa }) => Number(sa >= 0.5),
  pc: ({ pc }) => Number(pc >= 0.5),
  joint: ({ joint }) => Number(joint),
} as const satisfies Readonly<Record<string, (sample: StudentSample) => number>>;
export type Measure = keyof typeof MEASURES;
export const MEASURE_NAMES = Object.keys(MEASURES) as readonly Measure[];

/** Of an arm, beside the one that it is compared with. */
export interface Compared extends Interval {
  /** Clips that both have. */
  readonly clips: number;
  /** Of the sign-flip test; `holm`: corrected over the arms of the table. */
  readonly p: number;
  readonly holm: number;
}

export interface ArmRow {
  readonly run: StudentRun;
  readonly name: string;
  /** That it took in the plan, after which the clips were drawn: its run may have been trained on. */
  readonly steps: number;
  /** Clips in which a body was found or there was none to find, of those drawn; null of runs that did not count them yet. */
  readonly found: number | null;
  readonly drawn: number;
  readonly reached: Readonly<Record<Measure, Interval>>;
  /** This arm minus the other, in pairs of one sentence and noise; null of the other itself. */
  readonly compared: Readonly<Record<Measure, Compared>> | null;
}

export interface PlanResults {
  readonly rows: readonly ArmRow[];
  /** Run of the arm that the others are compared with. */
  readonly against: string;
  /** Mean error of a still clip, px. */
  readonly still: number;
  /** Seed that all arms share. */
  readonly seed: number;
}

const pairName = ({ prompt, seed }: StudentSample): string => JSON.stringify([prompt, seed]);

/**
 * Of the arms that are over and have drawn clips at the last step of the plan.
 * @param against run of the arm to compare with; null: the one without alignment, or the first
 * @returns null before there is one
 */
export function planResults(
  plan: StudentPlan,
  runs: readonly StudentRun[],
  against: string | null,
): PlanResults | null {
  const over = armRuns(plan, runs).flatMap(({ arm, run }) => {
    const steps = stepsOf(arm);
    // A run that failed before has no clips of its end.
    const look = run?.looks.find((one) => one.step === steps);
    if (!run || !isOver({ arm, run }) || !look || look.samples.length === 0) return [];
    return [{ run, look, name: armValue(plan.over, arm.recipe) }];
  });
  const other =
    over.find(({ run }) => run.id === against) ?? over.find(({ run }) => run.recipe.loss === "none") ?? over[0];
  if (!other) return null;
  const raw = over.map(({ run, look }) => (run === other.run ? null : comparedWith(look, other.look)));
  const corrected = MEASURE_NAMES.map((name) => holm(raw.map((row) => row?.[name].p ?? Number.NaN)));
  const rows = over.map(({ run, look, name }, i): ArmRow => {
    const own = raw[i];
    const entries = MEASURE_NAMES.map((measure, m) => [measure, { ...own?.[measure], holm: corrected[m][i] }] as const);
    return {
      run,
      name,
      steps: look.step,
      found: foundIn(look),
      drawn: look.samples.length,
      reached: reachedBy(look),
      compared: own ? (Object.fromEntries(entries) as ArmRow["compared"]) : null,
    };
  });
  const stills = other.look.samples.map(({ stillError }) => stillError);
  return { rows, against: other.run.id, still: meanInterval(stills).mean, seed: other.run.recipe.seed };
}

function foundIn({ samples }: StudentLook): number | null {
  return samples.every(({ bodies }) => bodies) ? samples.filter((sample) => !showsNone(sample)).length : null;
}

function reachedBy({ samples }: StudentLook): ArmRow["reached"] {
  const entries = MEASURE_NAMES.map((name) => {
    const values = samples.map(MEASURES[name]);
    const sum = values.reduce((total, value) => total + value, 0);
    return [name, name === "centre" ? meanInterval(values) : shareInterval(sum, values.length)] as const;
  });
  return Object.fromEntries(entries) as ArmRow["reached"];
}

function comparedWith(own: StudentLook, other: StudentLook): Record<Measure, Omit<Compared, "holm">> {
  const others = new Map(other.samples.map((sample) => [pairName(sample), sample]));
  const entries = MEASURE_NAMES.map((name) => {
    const differences = own.samples.flatMap((sample) => {
      const beside = others.get(pairName(sample));
      return beside ? [MEASURES[name](sample) - MEASURES[name](beside)] : [];
    });
    const interval = meanInterval(differences);
    return [name, { ...interval, clips: differences.length, p: signFlipTest(differences) }] as const;
  });
  return Object.fromEntries(entries) as Record<Measure, Omit<Compared, "holm">>;
}
