/** Which frames of a clip are looked at: pure arithmetic on times and indices. */
import { CLIP_LIMITS, type SamplingWindow, VideoError } from "./types.ts";

/** A window that lies within the clip and the limits, with what had to change for that. */
export interface FittedWindow {
  readonly window: SamplingWindow;
  readonly notices: readonly string[];
}

/**
 * Trims a window to the longest allowed and to the clip's end, and says so.
 *
 * @throws RangeError for a window that no clip could have.
 * @throws VideoError "too-few-frames" where it starts at or past the clip's end.
 */
export function fitWindow(
  asked: SamplingWindow,
  clip: { readonly name: string; readonly durationS: number; readonly framesPerSecond: number },
): FittedWindow {
  const { startS, lengthS, frames } = asked;
  const { minFrames, maxFrames, maxWindowS } = CLIP_LIMITS;
  if (!(startS >= 0 && startS < Number.POSITIVE_INFINITY))
    throw new RangeError(`startS must be 0 or more, got ${startS}`);
  if (!(lengthS > 0)) throw new RangeError(`lengthS must be > 0, got ${lengthS}`);
  if (!(Number.isInteger(frames) && frames >= minFrames && frames <= maxFrames)) {
    throw new RangeError(`frames must be a whole number from ${minFrames} to ${maxFrames}, got ${frames}`);
  }
  if (startS >= clip.durationS) {
    throw new VideoError(
      "too-few-frames",
      `the window starts at ${seconds(startS)} but ${clip.name} ends at ${seconds(clip.durationS)}; choose an earlier start`,
    );
  }
  const notices: string[] = [];
  const left = clip.durationS - startS;
  let length = Math.min(lengthS, left);
  // Half a frame past the end is rounding of the duration, not a wish for more.
  if (lengthS > left + 0.5 / clip.framesPerSecond && left < maxWindowS) {
    notices.push(
      `the window was trimmed to ${seconds(left)}: ${clip.name} ends at ${seconds(clip.durationS)}, not ${seconds(startS + lengthS)}`,
    );
  }
  if (length > maxWindowS) {
    const whole = startS === 0 ? "its first " : "";
    notices.push(`${clip.name} is trimmed to ${whole}${seconds(maxWindowS)} of ${seconds(length)}`);
    length = maxWindowS;
  }
  return { window: { startS, lengthS: length, frames }, notices };
}

/** Which of `available` frames are looked at: floor(i·n/F), so that the steps are even; all of them where there are fewer. */
export function chooseFrames(available: number, frames: number): number[] {
  const count = Math.min(available, frames);
  return Array.from({ length: count }, (_, i) => Math.floor((i * available) / count));
}

/** A window in which there is nothing to compare. */
export const tooFewFrames = ({ startS, lengthS }: SamplingWindow, found: number): VideoError =>
  new VideoError(
    "too-few-frames",
    `the window of ${seconds(lengthS)} from ${seconds(startS)} has ${countFrames(found)} and at least 2 are needed; choose a longer one`,
  );

/** What a person should know where a window has fewer frames than were asked for. */
export const fewerNotices = (found: number, asked: number): string[] =>
  found < asked ? [`the window has only ${found} frames, so all of them are used instead of ${asked}`] : [];

/** "0.5 s", "600 s": at most two decimals, rounded down, so that a window said to end there ends before the frame meant. */
export function seconds(value: number): string {
  return `${Math.floor(value * 100 + 1e-6) / 100} s`;
}

/** "1 frame", "0 frames". */
export function countFrames(count: number): string {
  return `${count} ${count === 1 ? "frame" : "frames"}`;
}
