/**
 * The user's clip: opened, described, and decoded into the frames that an encoder and a page need. Works in a worker (no DOM).
 */
import { InputDisposedError, type VideoSample } from "mediabunny";
import { type OpenedFile, openFile } from "./container.ts";
import { FrameSink } from "./decoding.ts";
import type { ListedFrame } from "./frame_list.ts";
import { paint } from "./paint.ts";
import { createResizer, createSurface, fitWithin } from "./resize.ts";
import { type ClipPart, type ClipThumbnails, spreadThumbnails } from "./thumbnails.ts";
import { CLIP_LIMITS, type ClipInfo, type SampledFrame, type SamplingWindow, type Size, VideoError } from "./types.ts";
import { readable, reason } from "./unreadable.ts";
import type { Survey } from "./window/start_window.ts";
import { surveyFile } from "./window/survey.ts";
import { endOf, filled, fitWindow, framesOf, samplingNotices, seconds } from "./window/window.ts";

export interface SampleOptions {
  /** Size of the encoder's input, see `chooseInputSize`. */
  readonly input: Size;
  /**
   * Moments to look at instead of spreading frames over the window: the frames nearest to them, those moments left out that have
   * none. Ascending seconds from the clip's first frame.
   */
  readonly atS?: readonly number[] | undefined;
  readonly onProgress?: (done: number, total: number) => void;
  /** Looked at between frames; what was made so far is released. */
  readonly signal?: AbortSignal;
}

/** The F frames of a window. */
export interface Samples {
  readonly frames: readonly SampledFrame[];
  /** One per frame: RGBA at exactly the input size, sRGB as the browser shows it, alpha 255. */
  readonly pixels: readonly Uint8ClampedArray[];
  /** One per frame, for display; the caller closes or transfers them. */
  readonly images: readonly ImageBitmap[];
  /** As used: trimmed, and with `frames` lowered where the window has no more. */
  readonly window: SamplingWindow;
  /** Sentences about what was trimmed. */
  readonly notices: readonly string[];
}

export interface Clip {
  readonly info: ClipInfo;
  /**
   * Decodes the window's frames: of the real frames that start in it, those nearest to startS + i·lengthS/F, see `chooseFrames`.
   *
   * @throws VideoError "too-few-frames" below 2 frames, "truncated" where the data end or break.
   * @throws RangeError for a window that no clip could have; an AbortError when aborted or closed meanwhile.
   */
  sample(window: SamplingWindow, options: SampleOptions): Promise<Samples>;
  /** Frames of the whole clip. Reads a file's list of them to its end. */
  frameCount(): Promise<number>;
  /** Small frames spread evenly over the clip, or over a part of it. Of a long or large one: its nearest key frames, which decode at once. */
  thumbnails(count: number, height: number, part?: ClipPart): Promise<ClipThumbnails>;
  /** Where the clip is cut and what moves in it, from `fromS` on, as much of it as `surveyedS` says; with `start`, a window to begin with. */
  survey(fromS: number, start: boolean, signal?: AbortSignal): Promise<Survey>;
  /** Ends what is being decoded, too. */
  close(): void;
}

/** Opens a clip. @throws VideoError, with every code but those of `sample`; any of them may throw "file-changed". */
export async function openClip(blob: Blob, name: string): Promise<Clip> {
  const file = await readable(name, blob, openFile(blob, name));
  const { info } = file;
  return {
    info,
    sample: (window, options) => readable(name, blob, sample(file, window, options)),
    frameCount: async () => (await readable(name, blob, file.frames.within(0, Number.POSITIVE_INFINITY))).length,
    thumbnails: (count, height, part) => readable(name, blob, spreadThumbnails(file, count, height, part)),
    survey: (fromS, start, signal) => readable(name, blob, surveyFile(file, { fromS, start, signal })),
    close: file.close,
  };
}

async function sample(file: OpenedFile, asked: SamplingWindow, options: SampleOptions): Promise<Samples> {
  const { input, atS, onProgress, signal } = options;
  signal?.throwIfAborted();
  const { window, notices } = atS ? { window: asked, notices: [] } : fitWindow(asked, file.info);
  const within = await file.frames.within(window.startS, endOf(window));
  const chosen = framesOf(
    within.map(({ timeS }) => timeS),
    window,
    atS,
  ).map((index) => within[index]);

  const size = { width: file.info.width, height: file.info.height };
  const full = createSurface(size);
  const toInput = createResizer(size, input);
  const toDisplay = createResizer(size, fitWithin(size, CLIP_LIMITS.maxDisplaySide));
  const pixels: Uint8ClampedArray[] = [];
  const images: ImageBitmap[] = [];
  try {
    for await (const decoded of decode(file, chosen)) {
      try {
        signal?.throwIfAborted();
        paint(decoded, full);
      } finally {
        decoded.close();
      }
      pixels.push(toInput(full.canvas).context.getImageData(0, 0, input.width, input.height).data);
      images.push(await createImageBitmap(toDisplay(full.canvas).canvas));
      onProgress?.(images.length, chosen.length);
    }
    signal?.throwIfAborted();
  } catch (error) {
    for (const image of images) image.close();
    if (error instanceof InputDisposedError) throw new DOMException("the clip was closed", "AbortError");
    if (signal?.aborted) throw signal.reason;
    if (error instanceof DecodeFailure) throw await explain(file, within, chosen[images.length], error.cause);
    throw error;
  }
  const times = chosen.map(({ timeS }) => timeS);
  return {
    frames: chosen.map(({ index, timeS }) => ({ index, timeS })),
    pixels,
    images,
    window: filled(window, times),
    notices: [
      ...file.notices,
      ...notices,
      // Whoever gives the moments knows how they lie.
      ...(atS ? [] : samplingNotices(times, window)),
    ],
  };
}

/** What went wrong in the decoder or the container, as opposed to in our drawing. */
class DecodeFailure extends Error {}

/** The decoded frames, one for each of `chosen`, in its order; the caller closes each. @throws DecodeFailure */
async function* decode(file: OpenedFile, chosen: readonly ListedFrame[]): AsyncGenerator<VideoSample, void, undefined> {
  const samples = new FrameSink(file.track).framesAt(chosen.map(({ timestamp }) => timestamp));
  try {
    for (const { timestamp } of chosen) {
      const { value } = await samples.next().catch((cause: unknown) => {
        throw cause instanceof InputDisposedError ? cause : new DecodeFailure("decoder", { cause });
      });
      if (!value) throw new DecodeFailure("no data");
      if (Math.abs(value.timestamp - timestamp) > 1e-4) {
        value.close();
        throw new DecodeFailure("other frame", {
          cause: new Error(`the decoder left out the frame at ${seconds(timestamp)}`),
        });
      }
      yield value;
    }
  } finally {
    await samples.return();
  }
}

/** Why `failed` could not be decoded: whether the file's data end before the window does, or are there but broken. */
async function explain(
  file: OpenedFile,
  within: readonly ListedFrame[],
  failed: ListedFrame,
  cause: unknown,
): Promise<VideoError> {
  const { name } = file.info;
  const readable = await file.frames.countReadable(within);
  if (readable === within.length) {
    return new VideoError(
      "truncated",
      `${name} is damaged: frame ${failed.index} at ${seconds(failed.timeS)} could not be decoded${cause ? ` (${reason(cause)})` : ""}; choose another window or get the whole file`,
      { cause },
    );
  }
  const remedy =
    readable >= 2
      ? `choose a window that ends before ${seconds(within[readable].timeS)}, or get the whole file`
      : "get the whole file";
  return new VideoError(
    "truncated",
    `${name} is cut off: ${readable} of the ${within.length} frames in this window could be read; ${remedy}`,
    { cause },
  );
}
