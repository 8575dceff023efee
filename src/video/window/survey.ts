/** A look at the frames of a clip, small, in a row: where it is cut and what moves in it. */
import type { OpenedFile } from "../container.ts";
import { FrameSink } from "../decoding.ts";
import { paint } from "../paint.ts";
import { createResizer, createSurface, fitWithin, shrinkSteps } from "../resize.ts";
import type { Size } from "../types.ts";
import type { SmallFrame } from "./shots.ts";
import { type Survey, surveyFrames } from "./start_window.ts";
import { surveyedS } from "./surveyed.ts";

/** Of the small pictures. */
const LONGER_SIDE = 96;
/** The size at which a clip is surveyed. */
export const smallSize = (size: Size): Size => fitWithin(size, LONGER_SIDE);

/**
 * Looks at all frames from `fromS` on, `surveyedS` of them. Of a file that is cut off or damaged, those up to there: `sample` is what
 * reports it.
 */
export async function surveyFile(
  file: OpenedFile,
  {
    fromS,
    start,
    signal,
  }: { readonly fromS: number; readonly start: boolean; readonly signal?: AbortSignal | undefined },
): Promise<Survey> {
  const { info } = file;
  const toS = Math.min(info.durationS, fromS + surveyedS(info));
  const listed = await file.frames.within(fromS, toS);
  const small = smallSize(info);
  const first = createSurface(shrinkSteps(info, small)[0]);
  const resize = createResizer(first.canvas, small);
  const frames: SmallFrame[] = [];
  try {
    const timestamps = listed.map(({ timestamp }) => timestamp);
    for await (const decoded of new FrameSink(file.track).framesAt(timestamps)) {
      if (!decoded) break;
      try {
        signal?.throwIfAborted();
        paint(decoded, first);
      } finally {
        decoded.close();
      }
      frames.push({ ...small, data: resize(first.canvas).context.getImageData(0, 0, small.width, small.height).data });
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (frames.length === 0) throw error;
  }
  const times = listed.slice(0, frames.length).map(({ timeS }) => timeS);
  return surveyFrames(frames, times, listed[frames.length]?.timeS ?? toS, start);
}
