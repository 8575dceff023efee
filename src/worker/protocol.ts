/**
 * The map of the program: every message between the page and the worker that computes. The page sends a `Request` and gets
 * exactly one answer to it; `WorkerEvent`s come in between, unasked.
 *
 * Letters as in docs/method.md: F token frames, H×W tokens a frame, S = H·W, N = F·S, C channels, Q queries.
 * A token index is i = f·S + row·W + col.
 */
import type { PckPerFrame } from "../alignment/agreement.ts";
import type { Grid, Match, TokenRef } from "../alignment/types.ts";
import type { BroughtEncoderId, EncoderId, StudentId } from "../encoders/input.ts";
import type { TokenSize } from "../encoders/types.ts";
import type { MaskId } from "../formats/mask_id.ts";
import type { AdapterSummary } from "../gpu/gpu.ts";
import type { ClipPart } from "../video/thumbnails.ts";
import type { ClipInfo, SampledFrame, SamplingWindow, Size } from "../video/types.ts";
import type { Survey } from "../video/window/start_window.ts";
import type { BenchReply, BenchRequest, BenchStopRequest } from "./protocol/bench.ts";
import type { BroughtReplies, BroughtRequest } from "./protocol/brought.ts";
import type {
  CompareChanceReply,
  CompareChanceRequest,
  Compared,
  CompareLayersRequest,
  CompareLosses,
  CompareLossesRequest,
  CompareQuery,
  CompareQueryRequest,
  CompareRequest,
  CompareSweepRequest,
} from "./protocol/compare.ts";
import type { DoubtReplies, ReturnsRequest, TauCurveRequest } from "./protocol/doubt.ts";
import type { ComputeInfo, WorkerEvent } from "./protocol/events.ts";
import type { Failure } from "./protocol/failure.ts";
import type { GeneratorReplies, GeneratorRequest } from "./protocol/generate.ts";
import type { KeptReplies, KeptRequest } from "./protocol/kept.ts";
import type { SandboxReplies, SandboxRequest } from "./protocol/sandbox.ts";
import type { StudentReplies, StudentRequest } from "./protocol/student.ts";
import type {
  TrainCheckpoint,
  TrainEstimate,
  TrainInspected,
  TrainRequest,
  TrainStarted,
  TrainState,
} from "./protocol/train.ts";

export type { LossKind } from "../alignment/losses.ts";
export { LOSS_KINDS, LOSSES, reads, TEMPERED_LOSSES, takesFlips, traitsOf } from "../alignment/losses.ts";
export { LOST_PX } from "../data/centres.ts";
export { TASKS } from "../data/task.ts";
export { type BroughtId, broughtLayer, isBroughtId, MAX_BROUGHT_FRAMES } from "../encoders/brought.ts";
export type { FixedInput } from "../encoders/input.ts";
export {
  ENCODER_IDS,
  encoderTraits,
  fixedInput,
  inputSizeOf,
  STUDENT_IDS,
  tubeletOf,
} from "../encoders/input.ts";
export { modelSha256, studentBaseSha256 } from "../encoders/model_hash.ts";
export { type Blocks, blocksOf, noisingOf } from "../encoders/noised.ts";
export { LAST_T, STUDENT_BLOCKS } from "../encoders/noising.ts";
export { isClipLayout, isModelId, LAYOUTS, type Layout, ownModel, RANGES, type Range } from "../encoders/own_model.ts";
export { inNoise, isTrainedId, type TrainedId, trainedId, trainedSide } from "../encoders/trained.ts";
export { FREE_TOKEN_SIZES, TOKEN_SIZES } from "../encoders/types.ts";
export { isMaskId, maskParts, PAINTED } from "../formats/mask_id.ts";
export { YARDSTICKS, yardstickSentence } from "../judge/yardsticks.ts";
export { alphas } from "../student/schedule.ts";
export {
  ARMS,
  DRAWN,
  parseStudentRecipe,
  STARTS,
  type StudentRecipe,
  type StudentRecipeInput,
  TEACHER_NAMES,
  TEACHERS,
} from "../train/diffusion/recipe.ts";
export { RECIPE_RANGES } from "../train/ranges.ts";
export { OPTIMIZER_NAMES, OPTIMIZERS, type OptimizerName, RATE_DECAY_NAMES, RATE_DECAYS } from "../train/rates.ts";
export { ratesNotice } from "../train/steps_change.ts";
export { hashedPart } from "../video/content_hash.ts";
export { CLIP_LIMITS } from "../video/types.ts";
export { surveyedS } from "../video/window/surveyed.ts";
/** Side in pixels and frames of a clip of the sandbox. */
export { CLIP as SANDBOX_CLIP } from "../world/types.ts";
export type * from "./protocol/bench.ts";
export type * from "./protocol/compare.ts";
export type * from "./protocol/doubt.ts";
export type * from "./protocol/events.ts";
export type * from "./protocol/failure.ts";
export type * from "./protocol/features.ts";
export type * from "./protocol/generate.ts";
export { AUTOENCODER_BYTES, GENERATE_LIMITS, GENERATOR_BYTES, GIVEN_FRAMES } from "./protocol/generate.ts";
export type * from "./protocol/mask.ts";
export type * from "./protocol/model.ts";
export type * from "./protocol/own_student.ts";
export { KEPT_STUDENTS } from "./protocol/own_student.ts";
export type * from "./protocol/sandbox.ts";
export type * from "./protocol/student.ts";
export { VIOLATIONS } from "./protocol/student.ts";
export type * from "./protocol/train.ts";
export type * from "./protocol/truth.ts";
export type {
  AdapterSummary,
  BroughtEncoderId,
  ClipInfo,
  ClipPart,
  EncoderId,
  Grid,
  Match,
  SampledFrame,
  SamplingWindow,
  Size,
  StudentId,
  Survey,
  TokenRef,
  TokenSize,
};

export type ClipSource =
  | {
      readonly kind: "builtin";
      readonly id: string;
      readonly name: string;
      readonly url: string;
      readonly truthUrl: string | null;
    }
  /** A video, or where its name ends in .safetensors a clip as `npm run world` writes it, or the frames of features that were brought. */
  | { readonly kind: "file"; readonly file: File }
  /** A simulated clip; its truth is known. */
  | { readonly kind: "sandbox"; readonly prompt: string; readonly seed: number };

// ── requests ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** First message: find the adapter. `backend: "cpu"` asks for the float64 twins even where there is a GPU. */
export interface BootRequest {
  readonly type: "boot";
  readonly backend: "auto" | "cpu";
}

/** Opens a clip and closes the one before it. */
export interface OpenRequest {
  readonly type: "open";
  readonly source: ClipSource;
}

/** Decodes the window of the open clip and encodes it. The newest encode wins; an older one is superseded between stages. */
export interface EncodeRequest {
  readonly type: "encode";
  readonly window: SamplingWindow;
  readonly encoder: EncoderId;
  readonly token: TokenSize;
  /** Features that ship with a built-in clip for exactly this window, encoder and token: used instead of running the model. */
  readonly shippedUrl: string | null;
}

/** Correspondences of some tokens of the encoded clip. Never runs a model; the newest request wins. */
export interface QueryRequest {
  readonly type: "query";
  readonly queries: readonly TokenRef[];
  readonly taus: readonly number[];
}

/** The motion mask of the encoded clip. ρ is a fraction in (0, 1]. The newest request wins. */
export interface MaskRequest {
  readonly type: "mask";
  readonly rho: number;
  /** The user's own, which then stands for the motion's, whatever ρ is. */
  readonly brought?: MaskId;
}

/** Where the pixels of each frame of the encoded clip are in the next one, by brightness alone. */
export interface FlowRequest {
  readonly type: "flow";
}

/** Share of all tokens of one frame whose match lies within one token of the truth (PCK@1). Needs a clip with truth. */
export interface AgreementRequest {
  readonly type: "agreement";
  readonly frame: number;
  readonly taus: readonly number[];
}

/** Small frames spread over the clip or a part of it, for the timeline. */
export interface ThumbnailsRequest {
  readonly type: "thumbnails";
  readonly count: number;
  readonly height: number;
  /** Without it, the whole clip. */
  readonly part?: ClipPart | undefined;
}

/** Where the open clip is cut and what moves in it, from `fromS` on, as much of it as `surveyedS` says. */
export interface SurveyRequest {
  readonly type: "survey";
  readonly fromS: number;
  /** Whether a window to begin with is chosen, too. */
  readonly start: boolean;
}

/** The raw features of the encoded clip, for export. */
export interface FeaturesRequest {
  readonly type: "features";
}

/** What the worker holds on the GPU now. */
export interface MemoryRequest {
  readonly type: "memory";
}

/** Loads the encoder's model ahead of its first use. Where it runs already this does nothing. */
export interface WarmRequest {
  readonly type: "warm";
  readonly encoder: EncoderId;
}

/** Destroys the device as a driver reset would: the only way to try the recovery for real. */
export interface LoseDeviceRequest {
  readonly type: "lose-device";
}

// ── replies ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Encoded {
  readonly encoder: EncoderId;
  readonly token: TokenSize;
  readonly grid: Grid;
  /** Exactly what the encoder saw. */
  readonly frames: readonly SampledFrame[];
  readonly window: SamplingWindow;
  readonly inputSize: Size;
  /** Size of a token in pixels of the source video: [y, x]. */
  readonly tokenPx: readonly [number, number];
  /** The frames for display, at most CLIP_LIMITS.maxDisplaySide on the longer side. */
  readonly images: readonly ImageBitmap[];
  /** Things the user should know: "trimmed to 10 s", … */
  readonly notices: readonly string[];
  readonly featuresFrom: "shipped" | "model" | "pixels" | "file";
  /** Where the model ran; null when none did. */
  readonly provider: "wasm" | "webgpu" | null;
  readonly hasTruth: boolean;
  /** `modelMs` includes loading what was not loaded yet; `encodeMs` is the whole request. */
  readonly timings: { readonly decodeMs: number; readonly modelMs: number; readonly encodeMs: number };
}

export interface Correspondence {
  readonly queries: readonly TokenRef[];
  readonly taus: readonly number[];
  /** Cosines, [Q, N]. */
  readonly similarity: Float32Array;
  /** One per τ: tempered distributions, [Q, N]; each frame's S values sum to 1. */
  readonly probabilities: readonly Float32Array[];
  /** One per τ: [Q, F]. */
  readonly entropyBits: readonly Float32Array[];
  /** Ordered by query, then τ (raw first), then frame. */
  readonly matches: readonly Match[];
  /** True (row, col) of each query in each frame, [Q, F, 2], NaN where it is hidden or outside; null without truth. */
  readonly truth: Float32Array | null;
  readonly timings: { readonly kernelsMs: number; readonly readbackMs: number; readonly totalMs: number };
}

/** Said wherever a motion mask is shown or asked and keeps no token. */
export const NOTHING_MOVES =
  "nothing changes from frame to frame in this window, so M-TSA asks no token: take another window, or TSA";

export interface MotionMask {
  readonly rho: number;
  /** Sampled frames that share their tokens, as the encoder cuts them: they share saliency and mask too. */
  readonly tubelet: number;
  /** The most that a frame keeps: a token that did not change is never kept. */
  readonly keptPerFrame: number;
  /** [F, S] in [0, 3·tubelet·p·p] */
  readonly saliency: Float32Array;
  /** [F, S], 1 where a token is kept. */
  readonly mask: Uint8Array;
  /** Whose mask it is; null: the motion's. */
  readonly brought: MaskId | null;
}

export interface OpticalFlow {
  /** [F, S, 2]: each token's mean way into the next sampled frame, (x to the right, y downwards) in pixels of the source video; NaN in the last frame. */
  readonly vectors: Float32Array;
}

export interface Agreement extends PckPerFrame {
  readonly frame: number;
  readonly taus: readonly number[];
}

export interface Thumbnails {
  readonly timesS: readonly number[];
  readonly images: readonly ImageBitmap[];
}

export interface Features {
  readonly grid: Grid;
  /** [F, H, W, C], as the encoder gave them (not normalised). */
  readonly data: Float32Array<ArrayBuffer>;
}

export interface GpuMemory {
  readonly buffers: number;
  readonly bytes: number;
  readonly peakBytes: number;
  readonly list: readonly { readonly label: string; readonly bytes: number }[];
}

/** Each request's reply, by the request's type. */
export interface Replies
  extends SandboxReplies,
    GeneratorReplies,
    DoubtReplies,
    BroughtReplies,
    StudentReplies,
    KeptReplies {
  boot: ComputeInfo;
  open: ClipInfo;
  encode: Encoded;
  query: Correspondence;
  mask: MotionMask;
  flow: OpticalFlow;
  agreement: Agreement;
  thumbnails: Thumbnails;
  survey: Survey;
  features: Features;
  memory: GpuMemory;
  warm: null;
  compare: Compared;
  "compare-query": CompareQuery;
  "compare-losses": CompareLosses;
  "compare-chance": CompareChanceReply;
  "compare-sweep": null;
  "compare-layers": null;
  "train-start": TrainStarted;
  "train-step": TrainState;
  "train-pause": TrainState;
  "train-resume": TrainState;
  "train-stop": TrainState;
  "train-checkpoint": TrainCheckpoint;
  "train-restore": TrainStarted;
  "train-inspect": TrainInspected;
  "train-estimate": TrainEstimate;
  "train-watch": null;
  "train-matches": Correspondence;
  bench: BenchReply;
  "bench-stop": null;
  "lose-device": null;
}

export type Request =
  | BootRequest
  | OpenRequest
  | EncodeRequest
  | QueryRequest
  | MaskRequest
  | FlowRequest
  | AgreementRequest
  | ReturnsRequest
  | TauCurveRequest
  | BroughtRequest
  | ThumbnailsRequest
  | SurveyRequest
  | FeaturesRequest
  | MemoryRequest
  | WarmRequest
  | CompareRequest
  | CompareQueryRequest
  | CompareLossesRequest
  | CompareChanceRequest
  | CompareSweepRequest
  | CompareLayersRequest
  | TrainRequest
  | StudentRequest
  | KeptRequest
  | SandboxRequest
  | GeneratorRequest
  | BenchRequest
  | BenchStopRequest
  | LoseDeviceRequest;

export type RequestType = Request["type"];

// ── the envelope ────────────────────────────────────────────────────────────────────────────────────────────────────

export interface ToWorker {
  readonly id: number;
  readonly request: Request;
}

export type FromWorker =
  | { readonly kind: "reply"; readonly id: number; readonly reply: Replies[RequestType] }
  | { readonly kind: "failed"; readonly id: number; readonly failure: Failure }
  /** A newer request of the same type made this one pointless. */
  | { readonly kind: "superseded"; readonly id: number }
  | { readonly kind: "event"; readonly event: WorkerEvent };
