import type { Clip, SampleOptions, Samples } from "./clip.ts";
import { createResizer, createSurface, fitWithin } from "./resize.ts";
import { CLIP_LIMITS, type ClipInfo, type SamplingWindow, type Size } from "./types.ts";
import { surveyFrames } from "./window/start_window.ts";
import { smallSize } from "./window/survey.ts";
import { endOf, filled, fitWindow, framesOf, samplingNotices } from "./window/window.ts";

export interface Pictures {
  /** One per frame, RGBA of `size`, opaque. */
  readonly frames: readonly Uint8ClampedArray<ArrayBuffer>[];
  readonly size: Size;
  /** As the clip is shown and encoded; where it is larger than `size`, the pictures are enlarged smoothly. */
  readonly info: ClipInfo;
}

/** A clip of pictures that are in memory already, as a simulation makes them: nothing to decode, the rest as `openClip`. */
export function pictureClip({ frames, size, info }: Pictures): Clip {
  const timeOf = (index: number) => index / info.framesPerSecond;
  let closed = false;
  const picture = createSurface(size);
  const put = (index: number) => {
    picture.context.putImageData(new ImageData(frames[index], size.width, size.height), 0, 0);
    return picture.canvas;
  };

  async function sample(asked: SamplingWindow, { input, atS, onProgress, signal }: SampleOptions): Promise<Samples> {
    signal?.throwIfAborted();
    if (closed) throw new DOMException("the clip was closed", "AbortError");
    const { window, notices } = atS ? { window: asked, notices: [] } : fitWindow(asked, info);
    const end = endOf(window);
    const within = frames.map((_, i) => i).filter((i) => timeOf(i) >= window.startS - 1e-9 && timeOf(i) < end);
    const chosen = framesOf(within.map(timeOf), window, atS).map((i) => within[i]);
    const toInput = createResizer(size, input);
    const toDisplay = createResizer(size, fitWithin(info, CLIP_LIMITS.maxDisplaySide));
    const pixels: Uint8ClampedArray[] = [];
    const images: ImageBitmap[] = [];
    try {
      for (const index of chosen) {
        signal?.throwIfAborted();
        const canvas = put(index);
        pixels.push(toInput(canvas).context.getImageData(0, 0, input.width, input.height).data);
        images.push(await createImageBitmap(toDisplay(canvas).canvas));
        onProgress?.(images.length, chosen.length);
      }
      signal?.throwIfAborted();
    } catch (error) {
      for (const image of images) image.close();
      throw error;
    }
    return {
      frames: chosen.map((index) => ({ index, timeS: timeOf(index) })),
      pixels,
      images,
      window: filled(window, chosen.map(timeOf)),
      notices: [...notices, ...(atS ? [] : samplingNotices(chosen.map(timeOf), window))],
    };
  }

  return {
    info,
    sample,
    frameCount: async () => frames.length,
    async thumbnails(count, height, { fromS, toS } = { fromS: 0, toS: info.durationS }) {
      const width = Math.max(1, Math.round((height * info.width) / info.height));
      const resize = createResizer(size, { width, height });
      const indices = Array.from({ length: count }, (_, i) => {
        const timeS = fromS + ((i + 0.5) / count) * (toS - fromS);
        return Math.min(frames.length - 1, Math.floor(timeS * info.framesPerSecond + 1e-9));
      });
      const images: ImageBitmap[] = [];
      for (const index of indices) images.push(await createImageBitmap(resize(put(index)).canvas));
      return { timesS: indices.map(timeOf), images };
    },
    async survey(_, start) {
      const small = smallSize(info);
      const resize = createResizer(size, small);
      const seen = frames.map((_, index) => {
        const { data } = resize(put(index)).context.getImageData(0, 0, small.width, small.height);
        return { ...small, data };
      });
      return surveyFrames(
        seen,
        frames.map((_, index) => timeOf(index)),
        info.durationS,
        start,
      );
    },
    close() {
      closed = true;
    },
  };
}
