import * as v from "valibot";
import type { Failure, Recipe, StepsChange, TrainData, TrainStatus } from "../../worker/protocol.ts";
import type { AgreementPoint, StepPoint } from "./store.ts";

/** A run as it lies on disk beside its checkpoint. */
export interface StoredRun {
  readonly version: 1;
  readonly id: string;
  readonly savedAt: number;
  readonly status: TrainStatus;
  /** Of the checkpoint; curves end there. */
  readonly step: number;
  /** Nothing of runs that were stored before it was. */
  readonly failure?: Failure | null;
  readonly recipe: Recipe;
  readonly data: TrainData;
  readonly parameters: number;
  readonly bytes: number;
  /** Nothing of runs that were stored before there were any. */
  readonly stepsChanges?: readonly StepsChange[];
  readonly points: readonly StepPoint[];
  readonly agreement: readonly AgreementPoint[];
}

/** JSON has no NaN: a loss that was none is null there. */
const measured = v.nullable(v.number());
const set = v.looseObject({ teacher: measured });

/** What the table, the charts and a resumption read. The checkpoint's own recipe is checked by whoever trains with it. */
const schema = v.looseObject({
  version: v.literal(1),
  id: v.string(),
  savedAt: v.number(),
  status: v.picklist(["idle", "running", "paused", "done", "failed"] satisfies TrainStatus[]),
  step: v.number(),
  failure: v.optional(v.nullable(v.object({ code: v.string(), message: v.string(), report: v.string() }))),
  recipe: v.looseObject({
    loss: v.string(),
    tau: v.number(),
    steps: v.number(),
    seed: v.number(),
    hidden: v.array(v.number()),
    batch: v.looseObject({}),
    trainFrames: v.array(v.number()),
  }),
  data: v.looseObject({
    clipName: v.string(),
    contentHash: v.string(),
    encoder: v.string(),
    token: v.number(),
    window: v.looseObject({ startS: v.number(), lengthS: v.number(), frames: v.number() }),
    grid: v.looseObject({ F: v.number(), H: v.number(), W: v.number(), C: v.number() }),
  }),
  parameters: v.number(),
  bytes: v.number(),
  stepsChanges: v.optional(v.array(v.object({ step: v.number(), before: v.number(), after: v.number() }))),
  points: v.array(v.looseObject({ step: v.number(), loss: measured, gradNorm: measured, ms: v.number() })),
  agreement: v.array(v.looseObject({ step: v.number(), train: set, held: v.nullable(set) })),
});

/** undefined: another version's file, or one that was cut short or changed. It is no run, and it is left where it is. */
export function readStoredRun(text: string): StoredRun | undefined {
  try {
    const found: unknown = JSON.parse(text);
    return v.is(schema, found) ? (found as unknown as StoredRun) : undefined;
  } catch {
    return undefined;
  }
}
