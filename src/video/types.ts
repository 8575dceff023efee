/** What is known of a clip once it is open. Sizes are after rotation, as the user sees the clip. */
export interface ClipInfo {
  /** How a link recognises the user's own clip, hex: the sha256 of the file's bytes, or of a long one's ends (`content_hash.ts`). */
  readonly contentHash: string;
  readonly name: string;
  readonly bytes: number;
  /** "MP4", "WebM", "QuickTime" … */
  readonly container: string;
  /** "avc", "vp9" … with the full codec string where the file has one. */
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  /** Clockwise degrees of the file's rotation metadata, already applied to `width` and `height`. */
  readonly rotation: 0 | 90 | 180 | 270;
  readonly durationS: number;
  /** Of a long file, what its first minutes have. */
  readonly framesPerSecond: number;
  /**
   * Whether all frames are known to come at equal distances; else `framesPerSecond` is a mean, or of the first ones only, and no time
   * says which frame is there.
   */
  readonly constantRate: boolean;
  /** When the browser's own player shows the first frame, in seconds of its clock: later than 0 where the sound starts first. */
  readonly playerStartS: number;
  /** Where a first query may well sit in the first frame, as a fraction of it; nobody knows it of most clips. */
  readonly query?: readonly [x: number, y: number] | undefined;
}

/** The part of a clip that is looked at: `frames` frames spread evenly in time over [startS, startS + lengthS), or counted off in the file. */
export interface SamplingWindow {
  readonly startS: number;
  readonly lengthS: number;
  readonly frames: number;
  /** Every `stride`-th frame of the file from the start on, whatever their times; `lengthS` is then about what they take. */
  readonly stride?: number | undefined;
}

/**
 * One frame that the encoder sees: its index in the file and its time from the clip's first frame. The index counts frames that are
 * shown, in presentation order from 0, as ffmpeg and OpenCV do: none outside an edit list, none that cannot be decoded.
 */
export interface SampledFrame {
  readonly index: number;
  readonly timeS: number;
}

/** A size in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Stated before the drop, and checked after it. */
export const CLIP_LIMITS = {
  minFrames: 4,
  maxFrames: 32,
  /** Frames of the file between two that are looked at, where they are counted. */
  maxStride: 300,
  /** The longest window; a longer clip is trimmed to its first this many seconds, with a notice. */
  maxWindowS: 10,
  /** The longer side of a frame as it is kept for display. */
  maxDisplaySide: 640,
  /** The smallest side a clip may have. */
  minSide: 16,
  maxBytes: 2 * 2 ** 30,
} as const;

export type VideoErrorCode =
  | "empty-file"
  | "not-a-video"
  | "container-unsupported"
  | "no-video-track"
  | "codec-unsupported"
  | "truncated"
  | "too-few-frames"
  | "clip-too-small"
  | "file-too-large"
  | "file-changed";

/** A clip that cannot be used. The message is one sentence with both values and the remedy. */
export class VideoError extends Error {
  override readonly name = "VideoError";

  constructor(
    readonly code: VideoErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
