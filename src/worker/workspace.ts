import type { Comparison, LossStep, Pair } from "../alignment/comparison.ts";
import type { CorrespondenceEngine } from "../alignment/correspondence/correspondence.ts";
import type { LossKind } from "../alignment/losses.ts";
import type { EncoderProgress } from "../encoders/progress.ts";
import type { EncoderContext } from "../encoders/types.ts";
import type { FeaturesFile } from "../formats/features_file.ts";
import type { MaskFrames } from "../formats/mask_file.ts";
import type { FileTensor } from "../formats/safetensors.ts";
import type { StudentShape } from "../student/model.ts";
import type { Clip } from "../video/clip.ts";
import type { TrueMotion } from "../video/truth.ts";
import type { Compute } from "./compute.ts";
import { BadRequest } from "./failures.ts";
import type {
  EncoderId,
  Grid,
  MaskId,
  PointTracks,
  SampledFrame,
  SamplingWindow,
  Size,
  StudentSpec,
  TokenRef,
  TokenSize,
  WorkerEvent,
} from "./protocol.ts";
import type { Job } from "./queue.ts";
import type { Sandbox } from "./sandbox/loader.ts";

/** The clip that is open. */
export interface OpenedClip {
  readonly clip: Clip;
  /** What came with it. */
  readonly truth: TrueMotion | null;
  /** The sandbox's sentence of it; empty where it has none. */
  readonly prompt: string;
}

/** A file of features that the user brought. It is read when they are wanted: it may hold more layers than memory. */
export interface BroughtFile {
  readonly file: File;
  readonly contentHash: string;
  readonly features: FeaturesFile;
}

/** What the user says is true of the open clip. */
export interface BroughtTruth {
  /** Of its file; empty where it was marked on the page. */
  readonly name: string;
  /** null: it is known of every pixel. */
  readonly tracks: PointTracks | null;
  readonly motion: TrueMotion;
}

/** A mask that the user brought, matched to the clip that was open. */
export interface HeldMask {
  /** Content hash of that clip. */
  readonly clip: string;
  readonly mask: MaskFrames;
  /** Which of the clip's frames each of the mask's is; null: one mask for every frame. */
  readonly frames: readonly number[] | null;
}

/** A model that the user brought. It is read when it is run: it may be large. */
export interface HeldModel {
  readonly file: File;
  /** Files of its weights, by the names that it has for them. */
  readonly weights: readonly { readonly path: string; readonly file: File }[];
  /** Name of its input. */
  readonly input: string;
  /** Whether its files are those of the browser's storage: they end with it. */
  readonly stored: boolean;
}

/** A diffusion student that the user trained. */
export interface HeldStudent {
  /** What it takes to run it, by PyTorch's names. */
  readonly tensors: ReadonlyMap<string, FileTensor>;
  readonly shape: StudentShape;
}

/** What was encoded last, and what it takes to put it onto another device. */
export interface EncodedClip {
  readonly encoder: EncoderId;
  readonly token: TokenSize;
  readonly grid: Grid;
  readonly window: SamplingWindow;
  readonly frames: readonly SampledFrame[];
  readonly pixels: readonly Uint8ClampedArray[];
  readonly inputSize: Size;
  /** null where the features never left the GPU: they are encoded again. */
  readonly features: Float32Array | null;
  /** Whether the engine has this clip's saliency: it is computed when the first mask is asked for. */
  saliency: boolean;
}

/** One side's features as its encoder gave them, on the CPU. */
export interface ComparedSide {
  /** What they are of: the side and the frames. */
  readonly key: string;
  readonly data: Float32Array;
  readonly grid: Grid;
}

/** What a side of a comparison is encoded from. */
export interface SideInput {
  /** The window's frames at the size that the encoder takes. */
  readonly pixels: readonly Uint8ClampedArray[];
  readonly size: Size;
  readonly frames: readonly SampledFrame[];
  readonly prompt: string;
}

/** A teacher and a student, and what it takes to put them onto another device. */
export interface ComparedPair {
  /** Kept so that changing one side encodes only that one; of a diffusion student after every block. */
  readonly sides: readonly ComparedSide[];
  /** A diffusion student and its clip, for its other blocks; null where the student is another. */
  readonly noised: { readonly spec: StudentSpec; readonly input: SideInput } | null;
  readonly frames: readonly SampledFrame[];
  /** Features of both sides on one grid, on the CPU. */
  pair: Pair;
  /** The clip's own motion [F, S], in the teacher's tubelets. */
  readonly motion: ArrayLike<number>;
  readonly tubelet: number;
  /** Whose marks stand for the pair's motion now; null: the clip's own. */
  masked: MaskId | null;
  readonly grids: { readonly teacher: Grid; readonly student: Grid };
  /** The newest step of each loss, by the parameters that it reads: moving one slider repeats only what it changes. */
  readonly steps: Map<LossKind, { readonly key: string; readonly step: LossStep }>;
  /** True (row, col) of a token in each frame, [F, 2], NaN where hidden or outside; null without truth. */
  trackOf(query: TokenRef): Float32Array | null;
  /** What the current device holds of them. */
  readonly engines: PairEngines;
}

export interface PairEngines {
  readonly teacher: CorrespondenceEngine;
  readonly student: CorrespondenceEngine;
  readonly comparison: Comparison;
}

/** What the requests share. */
export interface Workspace {
  readonly compute: Compute;
  readonly sandbox: Sandbox;
  /** Files of features that the user brought, by the first 16 digits of their hash. */
  readonly brought: Map<string, BroughtFile>;
  /** By the first 16 digits of their hash. */
  readonly masks: Map<string, HeldMask>;
  /** Likewise. */
  readonly models: Map<string, HeldModel>;
  /** Likewise. */
  readonly students: Map<string, HeldStudent>;
  opened: OpenedClip | null;
  /** The user's own truth of the open clip. */
  truth: BroughtTruth | null;
  encoded: EncodedClip | null;
  compared: ComparedPair | null;
  emit(event: WorkerEvent): void;
}

/** What a request may use while it runs; see `Job`. */
export type Running = Pick<Job, "signal" | "pause" | "giveWay">;

/** For work that nothing newer makes pointless. */
export const unstoppable: AbortSignal = new AbortController().signal;

/** @throws BadRequest when no clip is open */
export function openedClip({ opened }: Workspace): OpenedClip {
  if (!opened) throw new BadRequest("no clip is open: open one first");
  return opened;
}

/** The open clip's truth: the user's own before what came with it. */
export function truthOf({ opened, truth }: Workspace): TrueMotion | null {
  const own = truth && (truth.tracks === null || truth.tracks.names.length > 0);
  return own ? truth.motion : (opened?.truth ?? null);
}

/** @throws BadRequest when nothing is encoded */
export function encodedClip({ encoded }: Workspace): EncodedClip {
  if (!encoded) throw new BadRequest("no clip is encoded: encode one first");
  return encoded;
}

/** @throws BadRequest when nothing is compared */
export function comparedPair({ compared }: Workspace): ComparedPair {
  if (!compared) throw new BadRequest("nothing is compared: send compare first");
  return compared;
}

/** Frees what the device holds of the compared pair, and the pair. */
export function forgetCompared(space: Workspace): void {
  if (space.compared) for (const part of Object.values(space.compared.engines)) part.destroy();
  space.compared = null;
}

/** What an encoder needs of this worker. */
export function encoderContext({ compute, emit }: Workspace, signal: AbortSignal): EncoderContext {
  return {
    gpu: compute.gpu,
    models: compute.models,
    signal,
    progress: progressOf(emit),
  };
}

/** An encoder's progress as the page hears of it. */
export const progressOf = (emit: Workspace["emit"]) => (progress: EncoderProgress) =>
  emit({ type: "progress", ...progress });
