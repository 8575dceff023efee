import { create } from "zustand";
import type {
  Encoded,
  Failure,
  Recipe,
  RecipeInput,
  SetAgreement,
  StepsChange,
  TrainData,
  TrainEstimate,
  TrainEvent,
  TrainStatus,
} from "../../worker/protocol.ts";

export interface StepPoint {
  readonly step: number;
  readonly loss: number;
  readonly gradNorm: number;
  readonly ms: number;
}

export interface AgreementPoint {
  readonly step: number;
  readonly train: SetAgreement;
  readonly held: SetAgreement | null;
}

/** The watched token's correspondence as it was at a step. */
export type Snapshot = Omit<Extract<TrainEvent, { type: "train-query" }>, "type" | "run">;

/** What is needed to draw a run's clip, also after another one was opened. */
export type RunClip = Pick<Encoded, "images" | "tokenPx" | "frames">;

export interface TrainRun {
  /** The page's number for it; events carry it. */
  readonly run: number;
  /** Name of its file. */
  readonly id: string;
  readonly recipe: Recipe;
  readonly data: TrainData;
  readonly parameters: number;
  readonly bytes: number;
  /** Where it went on for other steps than before: its rates may have jumped there. */
  readonly stepsChanges: readonly StepsChange[];
  readonly status: TrainStatus;
  readonly step: number;
  readonly failure: Failure | null;
  readonly points: readonly StepPoint[];
  readonly agreement: readonly AgreementPoint[];
  readonly snapshots: readonly Snapshot[];
  /** null for a run of an earlier visit. */
  readonly clip: RunClip | null;
  /** Step of the checkpoint on disk; null when there is none. */
  readonly savedStep: number | null;
  /** Name of the error for which it could not be saved, once the user was told of it. */
  readonly toldOf: string | null;
  /** Step at which the user was told that its last steps are lost when the next run takes its place. */
  readonly warnedAt: number | null;
  /** Whether the charts draw it. */
  readonly drawn: boolean;
}

/** Runs that follow one another from the same seed, on the same data. */
export interface Plan {
  readonly name: string;
  readonly left: readonly RecipeInput[];
  readonly total: number;
  readonly data: TrainData;
}

export interface Training {
  /** Oldest first; replaced and never edited, at most five times a second. */
  readonly runs: readonly TrainRun[];
  /** The run whose student the worker holds. */
  readonly live: number | null;
  /** The run that the figure shows. */
  readonly selected: number | null;
  readonly plan: Plan | null;
  readonly estimate: TrainEstimate | null;
  /** Why the settings cannot be trained with. */
  readonly refusal: string | null;
  /** A sentence about something that did not work. */
  readonly notice: string | null;
  /** Id of a stored run that was cut short: a reload, a lost device, a closed tab. */
  readonly offer: string | null;
  /** Whether the browser has promised to keep the runs on disk; null while there are none. */
  readonly kept: boolean | null;
  /** A start, a restore or a save that other buttons must wait for. */
  readonly busy: string | null;
}

export const useTraining = create<Training>(() => ({
  runs: [],
  live: null,
  selected: null,
  plan: null,
  estimate: null,
  refusal: null,
  notice: null,
  offer: null,
  kept: null,
  busy: null,
}));

export const setTraining = (change: Partial<Training>) => useTraining.setState(change);

/** The one crosshair. It moves with the pointer, so it is apart from everything that lays out the page. */
export const useCrosshair = create<{ readonly hover: number | null; readonly pinned: number | null }>(() => ({
  hover: null,
  pinned: null,
}));

export const liveRun = ({ runs, live }: Training): TrainRun | undefined => runs.find(({ run }) => run === live);
export const selectedRun = ({ runs, selected }: Training): TrainRun | undefined =>
  runs.find(({ run }) => run === selected);

export const isOver = (run: TrainRun | undefined): boolean => run?.status === "done" || run?.status === "failed";

export function changeRun(run: number, change: (old: TrainRun) => TrainRun): void {
  useTraining.setState(({ runs }) => ({ runs: runs.map((old) => (old.run === run ? change(old) : old)) }));
}

/** Moments of a query that a run remembers: 200 of 16×280 tokens are 3.6 MB. */
const MOST_SNAPSHOTS = 200;

/** A run after something happened to it. */
export function afterEvent(run: TrainRun, event: TrainEvent): TrainRun {
  switch (event.type) {
    case "train-state":
      // The worker let go of it for the next run; what it reached stays.
      if (event.status === "idle") return run.status === "running" ? { ...run, status: "paused" } : run;
      // A restored device goes back to its last checkpoint: what came after it did not happen.
      return { ...(event.step < run.step ? cutAt(run, event.step) : run), ...stateOf(event) };
    case "train-step": {
      const { step, loss, gradNorm, ms } = event;
      return { ...run, step, points: [...run.points, { step, loss, gradNorm, ms }] };
    }
    case "train-agreement": {
      const { step, train, held } = event;
      return { ...run, agreement: [...run.agreement.filter((old) => old.step < step), { step, train, held }] };
    }
    case "train-query":
      return { ...run, snapshots: withSnapshot(run.snapshots, event) };
    default:
      return event satisfies never;
  }
}

const stateOf = ({ status, step, failure }: Pick<TrainRun, "status" | "step" | "failure">) => ({
  status,
  step,
  failure,
});

export function cutAt(run: TrainRun, step: number): TrainRun {
  const before = (point: { readonly step: number }) => point.step <= step;
  return {
    ...run,
    step,
    stepsChanges: run.stepsChanges.filter(before),
    points: run.points.filter(before),
    agreement: run.agreement.filter(before),
    snapshots: run.snapshots.filter(before),
  };
}

/** Drops snapshots of other queries; when there are too many, keeps every second one. */
function withSnapshot(old: readonly Snapshot[], event: Extract<TrainEvent, { type: "train-query" }>): Snapshot[] {
  const { type: _, run: __, ...snapshot } = event;
  const last = old.at(-1);
  const same = last && last.tau === event.tau && last.query.every((value, i) => value === event.query[i]);
  if (!same) return [snapshot];
  // The teacher stays as it is: one array serves every moment.
  const kept = old.filter(({ step }) => step < event.step);
  const thinned = kept.length < MOST_SNAPSHOTS ? kept : kept.filter((_, i) => i % 2 === 0);
  return [...thinned, { ...snapshot, teacher: last.teacher }];
}

/** The moment nearest to a step; the latest for null. */
export function snapshotAt(run: TrainRun, step: number | null): Snapshot | undefined {
  const { snapshots } = run;
  if (step === null) return snapshots.at(-1);
  return snapshots.reduce<Snapshot | undefined>(
    (best, one) => (best && Math.abs(best.step - step) <= Math.abs(one.step - step) ? best : one),
    undefined,
  );
}

/** Wall clock of a step of this run, from its last ones; undefined before there are any. */
export function secondsPerStep({ points }: Pick<TrainRun, "points">): number | undefined {
  const last = points.slice(-20);
  if (last.length === 0) return undefined;
  return last.reduce((sum, { ms }) => sum + ms, 0) / last.length / 1000;
}
