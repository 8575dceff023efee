import * as v from "valibot";
import {
  type Failure,
  SANDBOX_CLIP,
  type StepsChange,
  type StudentRecipe,
  type StudentSample,
  type StudentStarted,
  type TrainStatus,
} from "../../worker/protocol.ts";
import { isThrough, type StudentLook, type StudentPoint, type StudentRun } from "./store.ts";

/** A run as it lies on disk beside its checkpoint; what its clips show lies in files of its own. */
export interface StoredStudent {
  readonly version: 1;
  readonly id: string;
  readonly pair: string | null;
  readonly savedAt: number;
  readonly status: TrainStatus;
  /** Of the checkpoint; curves and looks end there. */
  readonly step: number;
  readonly steps: number;
  /** Nothing of runs that were stored before it was. */
  readonly failure?: Failure | null;
  readonly recipe: StudentRecipe;
  readonly shape: StudentStarted["shape"];
  readonly parameters: number;
  readonly bytes: number;
  readonly stepsChanges: readonly StepsChange[];
  readonly watched: readonly { readonly prompt: string; readonly seed: number }[];
  readonly points: readonly StudentPoint[];
  readonly looks: readonly (Omit<StudentLook, "samples"> & {
    readonly samples: readonly Omit<StudentSample, "frames">[];
  })[];
}

export function storedStudent(run: StudentRun, savedAt: number): StoredStudent {
  const { id, pair, status, step, steps, failure, recipe, shape, parameters, bytes, stepsChanges, points } = run;
  return {
    ...{ version: 1, id, pair, savedAt, status, step, steps, failure },
    ...{ recipe, shape, parameters, bytes, stepsChanges, points },
    watched: run.watched.map(({ prompt, seed }) => ({ prompt, seed })),
    looks: run.looks.map((look) => ({ ...look, samples: look.samples.map(({ frames: _, ...numbers }) => numbers) })),
  };
}

/** What the page reads of it; the recipe that is trained with is the checkpoint's, which the worker checks. */
const schema = v.looseObject({
  version: v.literal(1),
  id: v.string(),
  pair: v.nullable(v.string()),
  savedAt: v.number(),
  status: v.picklist(["idle", "running", "paused", "done", "failed"] satisfies TrainStatus[]),
  step: v.number(),
  steps: v.number(),
  failure: v.optional(v.nullable(v.object({ code: v.string(), message: v.string(), report: v.string() }))),
  recipe: v.looseObject({ loss: v.string(), task: v.string(), seed: v.number(), given: v.number() }),
  shape: v.looseObject({ width: v.number(), depth: v.number() }),
  parameters: v.number(),
  bytes: v.number(),
  /** Runs that were stored before there were any say nothing. */
  stepsChanges: v.optional(v.array(v.object({ step: v.number(), before: v.number(), after: v.number() })), []),
  watched: v.array(v.object({ prompt: v.string(), seed: v.number() })),
  points: v.array(v.looseObject({ step: v.number(), diffusion: v.number(), gradNorm: v.number(), ms: v.number() })),
  looks: v.array(
    v.looseObject({
      step: v.number(),
      samples: v.array(v.looseObject({ prompt: v.string(), centreError: v.number(), stillError: v.number() })),
    }),
  ),
});

/** undefined: another version's file, or one that was cut short or changed. It is no run, and it is left where it is. */
export function readStoredStudent(text: string): StoredStudent | undefined {
  try {
    const found = v.safeParse(schema, JSON.parse(text));
    return found.success ? (found.output as unknown as StoredStudent) : undefined;
  } catch {
    return undefined;
  }
}

const NOTHING = new Uint8Array();

/** The run as the page shows it, under a number of this visit. Its clips are loaded when it is looked at. */
export function recalledStudent(stored: StoredStudent, run: number, diskBytes: number): StudentRun {
  const { version: _, savedAt: __, status, watched, looks, ...same } = stored;
  return {
    ...same,
    run,
    status: status === "failed" ? status : isThrough(stored) ? "done" : status === "running" ? "paused" : status,
    failure: stored.failure ?? null,
    prepared: null,
    watched: watched.map((one) => ({ ...one, frames: NOTHING })),
    looks: looks.map((look) => ({ ...look, samples: look.samples.map((sample) => ({ ...sample, frames: NOTHING })) })),
    savedStep: stored.step,
    filedStep: null,
    diskBytes,
  };
}

const CLIP_BYTES = 3 * SANDBOX_CLIP.frames * SANDBOX_CLIP.size ** 2;

/** Whether what a clip shows is here, and not on the disk alone. */
export const isHere = ({ frames }: { readonly frames: Uint8Array }): boolean => frames.length > 0;

/** What clips one after another take. */
export const clipBytes = (clips: readonly unknown[]): number => clips.length * CLIP_BYTES;

/** Clips one after another. */
export function joinedClips(clips: readonly { readonly frames: Uint8Array }[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(clipBytes(clips));
  for (const [i, { frames }] of clips.entries()) all.set(frames, i * CLIP_BYTES);
  return all;
}

/** The same clips with what they show. @throws RangeError where that is not all of them */
export function withFrames<T extends { readonly frames: Uint8Array }>(
  clips: readonly T[],
  all: Uint8Array<ArrayBuffer>,
): T[] {
  if (all.length !== clipBytes(clips))
    throw new RangeError(`${clips.length} clips take ${clipBytes(clips)} bytes, got ${all.length}`);
  return clips.map((clip, i) => ({ ...clip, frames: all.slice(i * CLIP_BYTES, (i + 1) * CLIP_BYTES) }));
}
