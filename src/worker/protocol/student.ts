/**
 * The diffusion student's part of the protocol: runs that train it on a task's clips. Several may go on at once, a step each in
 * turn; everything names its run by a number that the page gives.
 */
import type { BodiesSeen } from "../../data/centres.ts";
import type { PrepareProgress } from "../../data/prepare.ts";
import type { StudentShape } from "../../student/model.ts";
import type { ActivationView, TensorSide, TensorView } from "../../train/diffusion/atlas.ts";
import type { Joint } from "../../train/diffusion/balance.ts";
import type { StudentRecipe, StudentRecipeInput } from "../../train/diffusion/recipe.ts";
import type { StepsChange } from "../../train/steps_change.ts";
import type { TrainState } from "./train.ts";

export type { ActivationView, TensorSide, TensorView };

// ── requests ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Begins a run. Its clips are prepared while it goes on; it waits for those that are not ready. */
export interface StudentStartRequest {
  readonly type: "student-start";
  readonly run: number;
  readonly recipe: StudentRecipeInput;
  /** A safetensors file of weights: what a recipe with start "file" begins with. */
  readonly weights: Uint8Array<ArrayBuffer> | null;
  readonly status: "running" | "paused";
}

/** Goes on from a checkpoint, bit-equal to not having stopped. `steps` may reach beyond its end; all else is the checkpoint's. */
export interface StudentRestoreRequest {
  readonly type: "student-restore";
  readonly run: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly status: "running" | "paused";
  readonly steps: number | null;
}

/** Pauses after the current step. */
export interface StudentPauseRequest {
  readonly type: "student-pause";
  readonly run: number;
}
export interface StudentResumeRequest {
  readonly type: "student-resume";
  readonly run: number;
}
/** One step of a paused run. */
export interface StudentStepRequest {
  readonly type: "student-step";
  readonly run: number;
}
/** Ends a run and frees what it holds. */
export interface StudentStopRequest {
  readonly type: "student-stop";
  readonly run: number;
}
/** The run's state as a file. */
export interface StudentCheckpointRequest {
  readonly type: "student-checkpoint";
  readonly run: number;
}

/** What a run would take: nothing is allocated. "student-measure" takes a step of it on the device, on clips that are made up. */
export interface StudentEstimateRequest {
  readonly type: "student-estimate" | "student-measure";
  /** That starts from no file. */
  readonly recipe: StudentRecipeInput;
}

/** Gives up the step that is being measured; runs stay as they are. */
export interface StudentMeasureStopRequest {
  readonly type: "student-measure-stop";
}

/** The tensors of the last step, seen from afar. */
export interface StudentTensorsRequest {
  readonly type: "student-tensors";
  readonly run: number;
}

/** Where one token of a training clip is found, by the teacher and by the student as it is now. */
export interface StudentCorrespondRequest {
  readonly type: "student-correspond";
  readonly run: number;
  /** Of those that the run trains on. */
  readonly clip: number;
  /** A token of the teacher's grid: a token frame, and rows × columns of them in it. */
  readonly query: { readonly frame: number; readonly token: number };
  /** After so many of the student's blocks. */
  readonly block: number;
  /** The noise that the student sees the clip in. */
  readonly t: number;
}

/**
 * Whether the student as it is now minds a broken law in one clip: PPE* (docs/method.md section 10). Clips are asked for one by one,
 * as many as the user waits for.
 */
export interface StudentPlausibleRequest {
  readonly type: "student-plausible";
  readonly run: number;
  /** Which of the task's, as of those that are drawn: clips that the run trains on, or never does. */
  readonly clip: number;
}

/** Gives up the clip that a run is being asked about: its losses take seconds on a software adapter. */
export interface StudentPlausibleStopRequest {
  readonly type: "student-plausible-stop";
  readonly run: number;
}

/** By how much gravity is broken, up and down, as a share of what it is. */
export const VIOLATIONS = [0.1, 0.2, 0.4, 0.8] as const;

export type StudentRequest =
  | (StudentEstimateRequest & { readonly type: "student-estimate" })
  | (StudentEstimateRequest & { readonly type: "student-measure" })
  | StudentMeasureStopRequest
  | StudentStartRequest
  | StudentRestoreRequest
  | StudentPauseRequest
  | StudentResumeRequest
  | StudentStepRequest
  | StudentStopRequest
  | StudentCheckpointRequest
  | StudentTensorsRequest
  | StudentCorrespondRequest
  | StudentPlausibleRequest
  | StudentPlausibleStopRequest;

// ── replies ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** As of a projector's run. */
export type StudentState = TrainState;

/** One of the clips that a run is looked at by, as the simulator shows it. */
export interface WatchedClip {
  readonly prompt: string;
  readonly seed: number;
  /** U8 [16, 64, 64, 3] */
  readonly frames: Uint8Array<ArrayBuffer>;
}

export interface StudentStarted extends StudentState {
  readonly recipe: StudentRecipe;
  readonly shape: StudentShape;
  /** Numbers that are trained, the projector's among them. */
  readonly parameters: number;
  /** GPU memory of the run. */
  readonly bytes: number;
  /** Of one that goes on from a checkpoint, for other steps than that was of. */
  readonly stepsChange: StepsChange | null;
  /** Of one that starts from a file whose projector does not fit, that it is drawn anew, in sentences. */
  readonly projectorAnew: string | null;
}

export interface StudentEstimate {
  /** Numbers that are trained. */
  readonly parameters: number;
  /** GPU memory of the run, and of its largest buffer. */
  readonly bytes: number;
  readonly largest: number;
  /** Of `bytes`, what two arms have once. */
  readonly shared: number;
  /** What the device allows a buffer. */
  readonly limit: number;
  /** What would fit where this does not; null where it fits, or nothing would. */
  readonly smaller: { readonly batch: number; readonly width: number | null } | null;
}

export interface StudentMeasured {
  readonly secondsPerStep: number;
  /** One pass of one clip, of which a drawn clip takes as many as the sampler has steps. */
  readonly secondsPerPass: number;
  /** What was allocated. */
  readonly bytes: number;
}

export interface StudentCheckpointReply {
  readonly step: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface StudentTensors {
  readonly run: number;
  readonly step: number;
  readonly tensors: readonly TensorView[];
  /** Of the first clip of the last step that was taken on this device; empty before one. */
  readonly activations: readonly ActivationView[];
}

export interface StudentCorrespondence {
  readonly run: number;
  readonly step: number;
  readonly asked: Omit<StudentCorrespondRequest, "type" | "run">;
  readonly prompt: string;
  readonly seed: number;
  /** U8 [16, 64, 64, 3] */
  readonly frames: Uint8Array<ArrayBuffer>;
  readonly tau: number;
  /** Token frames, and tokens along a side of each. */
  readonly grid: { readonly F: number; readonly rows: number };
  /** [F, rows²], each frame sums to 1; null where the run has no teacher apart from the student. */
  readonly teacher: Float32Array<ArrayBuffer> | null;
  readonly student: Float32Array<ArrayBuffer>;
}

/** A clip, and the same with a law broken. */
export interface BrokenPair {
  /** Of VIOLATIONS. */
  readonly by: number;
  readonly way: "more" | "less";
  /** Whether the broken clip has the higher denoising loss. */
  readonly caught: boolean;
  /** The same of a student that says nothing, for which the loss is the clip's own energy. */
  readonly silent: boolean;
}

export interface StudentPlausible {
  readonly run: number;
  readonly step: number;
  readonly prompt: string;
  readonly seed: number;
  /** None where gravity does not show in the clip. */
  readonly pairs: readonly BrokenPair[];
}

export interface StudentReplies {
  "student-start": StudentStarted;
  "student-restore": StudentStarted;
  "student-pause": StudentState;
  "student-resume": StudentState;
  "student-step": StudentState;
  "student-stop": StudentState;
  "student-checkpoint": StudentCheckpointReply;
  "student-tensors": StudentTensors;
  "student-correspond": StudentCorrespondence;
  "student-plausible": StudentPlausible;
  "student-plausible-stop": null;
  "student-estimate": StudentEstimate;
  "student-measure": StudentMeasured;
  "student-measure-stop": null;
}

// ── events ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A clip that the student drew, beside the simulator's of the same sentence and seed. */
export interface StudentSample {
  readonly prompt: string;
  readonly seed: number;
  /** Whether its first token frame was given. */
  readonly given: boolean;
  /** U8 [16, 64, 64, 3] */
  readonly frames: Uint8Array<ArrayBuffer>;
  /** px, the made clip's bodies from the simulator's, and a still clip's; a body that is missing in a frame counts LOST_PX. */
  readonly centreError: number;
  /** How many were found for it. Nothing of runs that were stored before they were counted. */
  readonly bodies?: BodiesSeen;
  readonly stillError: number;
  readonly sa: number;
  readonly pc: number;
  readonly joint: boolean;
}

export type StudentEvent =
  | ({ readonly type: "student-state" } & StudentState)
  | {
      readonly type: "student-step-done";
      readonly run: number;
      readonly step: number;
      readonly loss: number;
      readonly diffusion: number;
      /** null without an alignment loss. */
      readonly alignment: number | null;
      readonly lambda: number;
      /** Of the whole gradient, before clipping. */
      readonly gradNorm: number;
      /** Wall clock of this step alone: of two arms, which take turns, the other's steps are not in it. */
      readonly ms: number;
    }
  /** At step 0, every `evaluateEvery` steps and at the end. */
  | {
      readonly type: "student-look";
      readonly run: number;
      readonly step: number;
      readonly samples: readonly StudentSample[];
      /** Both gradients when λ was last moved; null before, and where λ is fixed. */
      readonly joint: Joint | null;
    }
  | ({ readonly type: "student-prepared"; readonly run: number } & PrepareProgress)
  /** Once, before any clip is prepared: the clips that it is looked at by, in the order of a look's samples. */
  | { readonly type: "student-watched"; readonly run: number; readonly watched: readonly WatchedClip[] };
