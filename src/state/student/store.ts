import { create } from "zustand";
import { useShallow } from "zustand/react/shallow";
import type {
  StepsChange,
  StudentEstimate,
  StudentEvent,
  StudentMeasured,
  StudentRecipe,
  StudentSample,
  StudentStarted,
  StudentTensors,
  WatchedClip,
} from "../../worker/protocol.ts";
import { failsAgain } from "../stored/fails_again.ts";
import { changesOfCheckpoint } from "../stored/steps_changes.ts";

type EventOf<T extends StudentEvent["type"]> = Extract<StudentEvent, { type: T }>;

/** What a step said. */
export type StudentPoint = Omit<EventOf<"student-step-done">, "type" | "run">;
/** The clips that were drawn at a step. */
export type StudentLook = Omit<EventOf<"student-look">, "type" | "run">;
/** How far the preparation of the clips is. */
export type Prepared = Omit<EventOf<"student-prepared">, "type" | "run">;

/** What is there of a run whose start is not answered yet. */
export interface Preparing {
  readonly run: number;
  /** null until the first clip of the task is begun. */
  readonly prepared: Prepared | null;
  /** The simulator's clips that the run will be looked at beside. */
  readonly watched: readonly WatchedClip[];
}

/** How a run that ships with the page was made. */
export interface RecordedBy {
  readonly adapter: string;
  /** From its first step to its last clip. */
  readonly seconds: number;
  readonly command: string;
}

export interface StudentRun extends Omit<StudentStarted, "stepsChange" | "projectorAnew"> {
  /** Its name on the disk. */
  readonly id: string;
  /** Name that it shares with the arm that was started with it; null for a run alone. */
  readonly pair: string | null;
  readonly watched: readonly WatchedClip[];
  readonly prepared: Prepared | null;
  readonly points: readonly StudentPoint[];
  readonly looks: readonly StudentLook[];
  /** Step of the newest checkpoint on the disk; null where there is none. */
  readonly savedStep: number | null;
  /** Step of the newest in a file of the user's: nobody but the user can go on from that. */
  readonly filedStep: number | null;
  /** What it takes there; null where it is not there. */
  readonly diskBytes: number | null;
  /** Where it went on for other steps than before: its rates may have jumped there. */
  readonly stepsChanges: readonly StepsChange[];
  /** Of a run that ships with the page: nothing was trained here. */
  readonly recorded?: RecordedBy;
}

/** Something that is under way, for which buttons wait. */
export type Busy = "measure" | "start" | "step" | "pause" | "save" | "stop" | "read";

/** A file that the user gave: a run's checkpoint to go on from, or weights to start from. */
export interface GivenFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Of a run's checkpoint: what it had reached. */
  readonly checkpoint: { readonly step: number; readonly recipe: StudentRecipe } | null;
}

/** What would end the run: it asks once where steps would be lost. */
export interface Ending {
  readonly then: "stop" | "start" | "go-on";
  /** The run of the table that goes on; null: the file that was dropped. */
  readonly id: string | null;
}

export interface Students {
  /** Runs of this visit and of earlier ones, oldest first; replaced and never edited, at most five times a second. */
  readonly runs: readonly StudentRun[];
  /** The runs that the worker holds: none, one, or two arms. */
  readonly live: readonly number[];
  /** The run that is on show. */
  readonly selected: number | null;
  readonly busy: Busy | null;
  readonly preparing: Preparing | null;
  /** A sentence about something that did not work. */
  readonly notice: string | null;
  /** A sentence that the user has typed over the settings' task, and that the grammar has not passed. */
  readonly typed: string | null;
  /** Weights for start "file". */
  readonly weights: GivenFile | null;
  /** A file that the user dropped and has not yet said what for. */
  readonly offered: GivenFile | null;
  readonly ending: Ending | null;
  /** The run of an earlier visit that was cut short, and that the user is asked about. */
  readonly offer: string | null;
  /** Whether the browser has promised to keep what is stored; null where nothing is. */
  readonly kept: boolean | null;
  /** What a run of the settings would take; null until it is known, and where it cannot be trained. */
  readonly estimate: StudentEstimate | null;
  /** Why it cannot. */
  readonly refusal: string | null;
  /** The step that was measured last. */
  readonly measured: MeasuredStep | null;
  /** Of live runs, by run, as they were when the user asked for them. */
  readonly tensors: Readonly<Record<number, StudentTensors | undefined>>;
}

export interface MeasuredStep extends StudentMeasured {
  /** Of which recipe: `costOf` it. */
  readonly cost: string;
  /** Of which student a pass was timed: `passOf` it; null where none was. */
  readonly pass: string | null;
}

export const useStudents = create<Students>(() => ({
  runs: [],
  live: [],
  selected: null,
  busy: null,
  preparing: null,
  notice: null,
  typed: null,
  weights: null,
  offered: null,
  ending: null,
  offer: null,
  kept: null,
  estimate: null,
  refusal: null,
  measured: null,
  tensors: {},
}));

export const isBusy = ({ busy }: Pick<Students, "busy">): boolean => busy !== null;

export const setStudents = (change: Partial<Students>) => useStudents.setState(change);

/** The crosshair of the curves; it moves with the pointer, so it is apart from everything that lays out the page. */
export const useStudentAt = create<{ readonly hover: number | null; readonly pinned: number | null }>(() => ({
  hover: null,
  pinned: null,
}));

type Live = Pick<Students, "runs" | "live">;

export const liveStudents = ({ runs, live }: Live): StudentRun[] => runs.filter(({ run }) => live.includes(run));

/** What is kept by run, of the live ones: of the others nothing shows it. */
export function byLiveRun<T>(byRun: Readonly<Record<number, T | undefined>>): Record<number, T | undefined> {
  const { live } = useStudents.getState();
  return Object.fromEntries(Object.entries(byRun).filter(([run]) => live.includes(Number(run))));
}

/** Of what the worker holds: "running" while any of it runs; undefined where it holds nothing. */
export function liveStatus(students: Live): StudentRun["status"] | undefined {
  const found = liveStudents(students).map(({ status }) => status);
  return (["running", "paused"] as const).find((status) => found.includes(status)) ?? found[0];
}

/** A run and the arm that was started with it, where there is one, in the table's order. */
export const armsWith = ({ runs }: Pick<Students, "runs">, { id, pair }: StudentRun): StudentRun[] =>
  runs.filter((one) => one.id === id || (pair !== null && one.pair === pair));

/** The run that is on show, and the arm beside it. */
export function shownStudents(students: Pick<Students, "runs" | "selected">): StudentRun[] {
  const run = selectedStudent(students);
  return run ? armsWith(students, run) : [];
}

export const selectedStudent = ({ runs, selected }: Pick<Students, "runs" | "selected">): StudentRun | undefined =>
  runs.find(({ run }) => run === selected);

export function changeStudent(run: number, change: (old: StudentRun) => StudentRun): void {
  useStudents.setState(({ runs }) => ({ runs: runs.map((old) => (old.run === run ? change(old) : old)) }));
}

/** @param filedStep of the file that it goes on from */
export const newStudentRun = (
  { stepsChange, projectorAnew: _, ...started }: StudentStarted,
  { id, pair = null, filedStep = null }: Pick<StudentRun, "id"> & Partial<Pick<StudentRun, "pair" | "filedStep">>,
): StudentRun => ({
  ...started,
  id,
  pair,
  watched: [],
  prepared: null,
  points: [],
  looks: [],
  savedStep: null,
  filedStep,
  diskBytes: null,
  stepsChanges: stepsChange ? [stepsChange] : [],
});

/** A run of the table that the worker took up again. */
export function wentOn(run: StudentRun, { stepsChange, projectorAnew: _, ...started }: StudentStarted): StudentRun {
  const kept = cutAt(run, started.step);
  const before = changesOfCheckpoint(kept.stepsChanges, started.step, stepsChange?.before ?? started.steps);
  const stepsChanges = [...before, ...(stepsChange ? [stepsChange] : [])];
  return { ...kept, ...started, stepsChanges, savedStep: started.step, filedStep: null };
}

/** Whether a run has taken all its steps and drawn the clips of the last one; it may have been paused between the two. */
export const isThrough = ({
  status,
  step,
  steps,
  looks,
}: Pick<StudentRun, "status" | "step" | "steps"> & { readonly looks: readonly { readonly step: number }[] }): boolean =>
  status === "done" || (step >= steps && looks.at(-1)?.step === steps);

/** Whether a run's checkpoint is on the disk and can be gone on with: one that failed by its numbers would fail again. */
export const hasCheckpoint = ({ savedStep, diskBytes, failure }: StudentRun): boolean =>
  savedStep !== null && diskBytes !== null && !failsAgain(failure);

/** Whether something is left of a run that goes on from its checkpoint: steps, or its last clips. */
export const isCut = (run: StudentRun): boolean => (run.savedStep ?? 0) < run.steps || !isThrough(run);

/** Steps that are not on the disk. */
export const unsavedSteps = ({ step, savedStep }: StudentRun): number => step - (savedStep ?? 0);

/** Steps that are nowhere but in the worker's memory. */
export const losableSteps = (run: StudentRun): number => Math.min(unsavedSteps(run), run.step - (run.filedStep ?? 0));

/** A run that the worker holds no more: what it reached stays, and that it failed. */
export const letGo = (run: StudentRun): StudentRun => (run.status === "failed" ? run : { ...run, status: "idle" });

/** A run after something happened to it. */
export function afterStudentEvent(run: StudentRun, event: StudentEvent): StudentRun {
  switch (event.type) {
    case "student-state": {
      if (event.status === "idle") return letGo(run);
      const { status, step, steps, failure } = event;
      // A restored device goes back to its last checkpoint: what came after it did not happen.
      return { ...(step < run.step ? cutAt(run, step) : run), status, step, steps, failure };
    }
    case "student-step-done": {
      const { type: _, run: __, ...point } = event;
      return { ...run, step: point.step, points: [...run.points, point] };
    }
    case "student-look": {
      const { type: _, run: __, ...look } = event;
      return { ...run, looks: [...run.looks.filter((old) => old.step < look.step), look] };
    }
    case "student-prepared": {
      const { type: _, run: __, ...prepared } = event;
      return { ...run, prepared };
    }
    case "student-watched":
      return { ...run, watched: event.watched };
    default:
      return event satisfies never;
  }
}

/** A start under way after something happened to it. */
export function afterPreparing(preparing: Preparing, event: StudentEvent): Preparing {
  if (event.type === "student-watched") return { ...preparing, watched: event.watched };
  if (event.type !== "student-prepared") return preparing;
  const { type: _, run: __, ...prepared } = event;
  return { ...preparing, prepared };
}

/** What came after a step did not happen. */
export function cutAt(run: StudentRun, step: number): StudentRun {
  const before = (point: { readonly step: number }) => point.step <= step;
  const { points, looks, stepsChanges } = run;
  return {
    ...run,
    points: points.filter(before),
    looks: looks.filter(before),
    stepsChanges: stepsChanges.filter(before),
  };
}

/** The newest look that is not after a step; the newest of all for null. */
export function lookAt({ looks }: Pick<StudentRun, "looks">, step: number | null): StudentLook | undefined {
  if (step === null) return looks.at(-1);
  return looks.findLast((look) => look.step <= step) ?? looks[0];
}

/** Mean over the clips that were drawn, in px: the student's error, and a still clip's; null where none was. */
export function errorsOf(samples: readonly StudentSample[]): { readonly made: number; readonly still: number } | null {
  if (samples.length === 0) return null;
  const mean = (of: (sample: StudentSample) => number) =>
    samples.reduce((sum, one) => sum + of(one), 0) / samples.length;
  return { made: mean(({ centreError }) => centreError), still: mean(({ stillError }) => stillError) };
}

/** Whether no body was found where there are some; not of a run that did not count them yet. */
export const showsNone = ({ bodies }: StudentSample): boolean => bodies?.seen === 0 && bodies.sought > 0;

/** Wall clock of a step, from the last ones; undefined before there are any. */
export function secondsPerStep({ points }: Pick<StudentRun, "points">): number | undefined {
  // The first step of a visit waits for clips and kernels.
  const last = points.slice(-20);
  const steady = last.length > 1 ? last.slice(1) : last;
  if (steady.length === 0) return undefined;
  return steady.reduce((sum, { ms }) => sum + ms, 0) / steady.length / 1000;
}

/**
 * Seconds until every clip is prepared, at the pace so far; null before the first. The simulation runs beside the encoders, which
 * follow one another: the slower side counts. Clips that were kept are read.
 */
export function secondsToPrepare({ ready, total, left, parts }: Prepared): number | null {
  if (ready === 0) return null;
  const { simulation, autoencoder, teacher, reading } = parts;
  const spent = reading.seconds + Math.max(simulation.seconds, autoencoder.seconds + teacher.seconds);
  return (Math.max(total - ready - left, 0) * spent) / ready;
}

/** Lists that are the same for a component as long as their runs are. */
export const useLiveStudents = (): readonly StudentRun[] => useStudents(useShallow(liveStudents));
export const useShownStudents = (): readonly StudentRun[] => useStudents(useShallow(shownStudents));
