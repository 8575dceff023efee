/**
 * The part of the protocol that Train uses: a student that learns the encoded clip's correspondences. Letters as in docs/method.md.
 *
 * One run at a time. A run keeps its own copy of the clip's patches and teacher features, so Explore and Compare may encode
 * something else meanwhile. Steps give way to queries, masks and memory requests; anything longer waits in the queue with
 * the run, a few steps at a time.
 */
import type { TokenRef } from "../../alignment/types.ts";
import type { BroughtId } from "../../encoders/brought.ts";
import type { EncoderId } from "../../encoders/input.ts";
import type { TokenSize } from "../../encoders/types.ts";
import type { MaskId } from "../../formats/mask_id.ts";
import type { SetAgreement } from "../../train/agreement.ts";
import type { Recipe, RecipeInput } from "../../train/recipe.ts";
import type { StepsChange } from "../../train/steps_change.ts";
import type { SamplingWindow, Size } from "../../video/types.ts";
import type { Failure } from "./failure.ts";

export type { Recipe, RecipeInput, SetAgreement, StepsChange };

/**
 * What the student learns from: the clip's raw patches, or features that the user brought, as the paper's projector learns from
 * CogVideoX's. Those are brought to the teacher's grid, bilinearly in space and to the nearest in time.
 */
export type TrainInput = "patches" | BroughtId;

/** Which clip, which teacher and which input a run belongs to; goes into its checkpoint. */
export interface TrainData {
  readonly contentHash: string;
  readonly clipName: string;
  readonly window: SamplingWindow;
  readonly encoder: EncoderId;
  readonly token: TokenSize;
  /** Raw patches where nothing is said, as in a checkpoint of before there was anything else. */
  readonly input?: TrainInput;
  /** The user's own mask; the recipe's ρ is then 1, since all its tokens ask. */
  readonly brought?: MaskId;
  /** Size of the frames that both teacher and student see. */
  readonly inputSize: Size;
  readonly grid: { readonly F: number; readonly H: number; readonly W: number; readonly C: number };
}

/** idle: there is no run. done and failed runs keep their student until the next start or stop. */
export type TrainStatus = "idle" | "running" | "paused" | "done" | "failed";

/**
 * Makes a run on what was encoded last and ends the one before. `run` is the page's own number for it, echoed in every event.
 * `status` says whether it starts at once or waits for train-resume or train-step.
 */
export interface TrainStartRequest {
  readonly type: "train-start";
  readonly run: number;
  readonly recipe: RecipeInput;
  readonly input?: TrainInput;
  /** The user's own mask, whose tokens M-TSA asks then, all of them. */
  readonly brought?: MaskId;
  /** What the recipe was made for, where that may be gone by now: another clip, window, encoder or token size is refused. */
  readonly data?: TrainData;
  readonly status: "running" | "paused";
}

/** Takes one step of a paused run; answers when its numbers are there. */
export interface TrainStepRequest {
  readonly type: "train-step";
}

/** Stops between two steps; answers when the last step's numbers are there, so that a checkpoint is up to date. */
export interface TrainPauseRequest {
  readonly type: "train-pause";
}

export interface TrainResumeRequest {
  readonly type: "train-resume";
}

/** Ends the run and frees its memory. Without a run it does nothing. */
export interface TrainStopRequest {
  readonly type: "train-stop";
}

/** The run as a safetensors file: parameters, AdamW's moments, EMA, step, random state; recipe and data as metadata. */
export interface TrainCheckpointRequest {
  readonly type: "train-checkpoint";
}

/**
 * Goes on from a checkpoint, on the clip that is encoded now, bit-equal to not having stopped. Fails when the clip, its window,
 * encoder or token size is another than the checkpoint's. `recipe` may change `steps` (to go on beyond the end); everything else is
 * the checkpoint's.
 */
export interface TrainRestoreRequest {
  readonly type: "train-restore";
  readonly run: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly status: "running" | "paused";
  /** null: as many as the checkpoint's recipe says. */
  readonly steps: number | null;
}

/** What a checkpoint is of, without loading it: to offer the right clip. Needs no clip. */
export interface TrainInspectRequest {
  readonly type: "train-inspect";
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What a run of this recipe on the encoded clip would take. */
export interface TrainEstimateRequest {
  readonly type: "train-estimate";
  readonly recipe: RecipeInput;
  readonly input?: TrainInput;
  readonly brought?: MaskId;
}

/**
 * Follows a token: its correspondence comes as a train-query event now, and every `every` steps while the run goes on.
 * null stops. The newest request wins. Frames count in the run's sampled list.
 */
export interface TrainWatchRequest {
  readonly type: "train-watch";
  readonly query: TokenRef | null;
  readonly tau: number;
  readonly every: number;
}

/** The student's matches of some tokens, in the form of a query's reply to Explore. */
export interface TrainMatchesRequest {
  readonly type: "train-matches";
  readonly queries: readonly TokenRef[];
  readonly taus: readonly number[];
}

export type TrainRequest =
  | TrainStartRequest
  | TrainStepRequest
  | TrainPauseRequest
  | TrainResumeRequest
  | TrainStopRequest
  | TrainCheckpointRequest
  | TrainRestoreRequest
  | TrainInspectRequest
  | TrainEstimateRequest
  | TrainWatchRequest
  | TrainMatchesRequest;

// ── replies ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface TrainState {
  readonly run: number;
  readonly status: TrainStatus;
  /** Steps that are done. */
  readonly step: number;
  readonly steps: number;
  /** Why a failed run failed; it holds the last good state, which train-checkpoint still gives. */
  readonly failure: Failure | null;
}

export interface TrainStarted extends TrainState {
  /** With every default filled in. */
  readonly recipe: Recipe;
  readonly data: TrainData;
  readonly parameters: number;
  /** GPU memory of the run. */
  readonly bytes: number;
  /** Of one that goes on from a checkpoint, for other steps than that was of. */
  readonly stepsChange: StepsChange | null;
}

export interface TrainCheckpoint {
  readonly step: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface TrainInspected {
  readonly recipe: Recipe;
  readonly data: TrainData;
  readonly step: number;
}

export interface TrainEstimate {
  readonly parameters: number;
  /** GPU memory of the run, known before anything is allocated. */
  readonly bytes: number;
  readonly flopPerStep: number;
  /** From this device's measured speed where a run has been made, else from one short product. */
  readonly secondsPerStep: number;
}

// ── events ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export type TrainEvent =
  /** Whenever the status changes, and after a device was restored (step goes back to the last checkpoint). */
  | ({ readonly type: "train-state" } & TrainState)
  /** A few steps behind the GPU. `step` counts from 1; `ms` is the wall clock since the step before. */
  | {
      readonly type: "train-step";
      readonly run: number;
      readonly step: number;
      readonly loss: number;
      /** Of λ·∂L/∂θ, before clipping. */
      readonly gradNorm: number;
      readonly ms: number;
    }
  /** At step 0, every `evaluateEvery` steps and at the end. `held` is null when nothing is held back. */
  | {
      readonly type: "train-agreement";
      readonly run: number;
      readonly step: number;
      readonly train: SetAgreement;
      readonly held: SetAgreement | null;
    }
  /** The watched token's correspondence. Distributions are [F, S] at `tau`; each frame's S values sum to 1. */
  | {
      readonly type: "train-query";
      readonly run: number;
      readonly step: number;
      readonly query: TokenRef;
      readonly tau: number;
      readonly student: Float32Array;
      readonly teacher: Float32Array;
      /** Best match's token index s in each frame, [F]. */
      readonly studentBest: Uint32Array;
      readonly teacherBest: Uint32Array;
      /** True (row, col) in each frame, [F, 2], NaN where hidden or outside; null without truth. */
      readonly truth: Float32Array | null;
    };
