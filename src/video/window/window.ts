/** Which frames of a clip are looked at: pure arithmetic on times and indices. */
import { matchMoments } from "../moments.ts";
import { CLIP_LIMITS, type SamplingWindow, VideoError } from "../types.ts";

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
  const { startS, lengthS, frames, stride } = asked;
  const { minFrames, maxFrames, maxWindowS } = CLIP_LIMITS;
  if (!(startS >= 0 && startS < Number.POSITIVE_INFINITY))
    throw new RangeError(`startS must be 0 or more, got ${startS}`);
  if (!(lengthS > 0)) throw new RangeError(`lengthS must be > 0, got ${lengthS}`);
  if (!(Number.isInteger(frames) && frames >= minFrames && frames <= maxFrames)) {
    throw new RangeError(`frames must be a whole number from ${minFrames} to ${maxFrames}, got ${frames}`);
  }
  if (stride !== undefined && !(Number.isInteger(stride) && stride > 0))
    throw new RangeError(`stride must be a whole number > 0, got ${stride}`);
  if (startS >= clip.durationS) {
    throw new VideoError(
      "too-few-frames",
      `the window starts at ${seconds(startS)} but ${clip.name} ends at ${seconds(clip.durationS)}; choose an earlier start`,
    );
  }
  // Frames that are counted off end where they end.
  if (stride) return { window: asked, notices: [] };
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

/** Where the frames that may be looked at end: a window that counts frames ends with the last of them. */
export const endOf = ({ startS, lengthS, stride }: SamplingWindow): number =>
  startS + (stride ? CLIP_LIMITS.maxWindowS : lengthS);

/** The window as its frames fill it: where frames are counted, one step beyond the last of them. */
export function filled(window: SamplingWindow, chosenS: readonly number[]): SamplingWindow {
  const frames = chosenS.length;
  if (!window.stride || frames < 2) return { ...window, frames };
  return { ...window, frames, lengthS: ((chosenS[frames - 1] - chosenS[0]) * frames) / (frames - 1) };
}

/**
 * Which of the window's frames, that start at `timesS`, are looked at: spread evenly, counted off, or nearest to the moments that are
 * given.
 * @throws VideoError "too-few-frames"
 */
export function framesOf(timesS: readonly number[], window: SamplingWindow, atS?: readonly number[]): number[] {
  if (timesS.length < 2) throw tooFewFrames(window, timesS.length);
  if (!atS && window.stride) return everyNth(timesS.length, window, window.stride);
  if (!atS) return chooseFrames(timesS, window);
  const chosen = matchMoments(atS, timesS).map(({ frame }) => frame);
  if (chosen.length >= 2) return chosen;
  const [first, last] = [atS[0] ?? 0, atS.at(-1) ?? 0];
  throw new VideoError(
    "too-few-frames",
    `the features are of ${countFrames(atS.length)} from ${seconds(first)} to ${seconds(last)}, and the window from ${seconds(window.startS)} to ${seconds(window.startS + window.lengthS)} has ${chosen.length === 0 ? "none" : "one"} of them; open the clip that they were made of, or choose a longer window`,
  );
}

function everyNth(count: number, window: SamplingWindow, stride: number): number[] {
  const fit = Math.min(window.frames, Math.floor((count - 1) / stride) + 1);
  if (fit < 2) {
    throw new VideoError(
      "too-few-frames",
      `in steps of ${stride} the ${countFrames(count)} from ${seconds(window.startS)} on leave ${fit}, and at least 2 are needed; choose a step of ${count - 1} or less`,
    );
  }
  return Array.from({ length: fit }, (_, i) => i * stride);
}

/** Times are written in whole milliseconds by WebM: a frame that is later than another by no more is not preferred to it. */
const TIE_S = 0.0012;

/**
 * Which of the frames that start at `timesS` (ascending, at least one) are looked at: even in time, the i-th being the one nearest to
 * startS + i·lengthS/F and the earlier of two as near; each at most once. Where two of these moments have the same nearest
 * frame, the choice is the one that is nearest in all. All of them where there are no more than F.
 */
export function chooseFrames(timesS: readonly number[], { startS, lengthS, frames }: SamplingWindow): number[] {
  const count = Math.min(timesS.length, frames);
  const momentS = (i: number) => startS + (i * lengthS) / count;
  const distance = (i: number, n: number) => {
    const late = timesS[n] - momentS(i);
    return late > 0 ? late + TIE_S : -late;
  };
  // The least distance in all of the first i moments from as many of the frames before n, for the next i and every n.
  let least = new Float64Array(timesS.length + 1);
  const taken: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const next = new Float64Array(timesS.length + 1).fill(Number.POSITIVE_INFINITY);
    const takes = new Uint8Array(timesS.length + 1);
    for (let n = i + 1; n <= timesS.length; n++) {
      const taking = least[n - 1] + distance(i, n - 1);
      takes[n] = taking < next[n - 1] ? 1 : 0;
      next[n] = Math.min(taking, next[n - 1]);
    }
    taken.push(takes);
    least = next;
  }
  const chosen: number[] = [];
  for (let i = count - 1, n = timesS.length; i >= 0; n--) {
    if (taken[i][n] === 0) continue;
    chosen.unshift(n - 1);
    i--;
  }
  return chosen;
}

/** A window in which there is nothing to compare. Of the longest there is no longer one. */
function tooFewFrames(window: SamplingWindow, found: number): VideoError {
  const lengthS = endOf(window) - window.startS;
  const remedy = lengthS >= CLIP_LIMITS.maxWindowS - 1e-6 ? "choose another start" : "choose a longer one";
  return new VideoError(
    "too-few-frames",
    `the window of ${seconds(lengthS)} from ${seconds(window.startS)} has ${countFrames(found)} and at least 2 are needed; ${remedy}`,
  );
}

/** How far from even, in steps, the chosen times may be: more than any constant rate comes to. */
const UNEVEN_STEPS = 0.75;

/** What the user should know of the frames that were chosen: that they are fewer than asked for, or not even in time. */
export function samplingNotices(chosenS: readonly number[], { lengthS, frames, stride }: SamplingWindow): string[] {
  const count = chosenS.length;
  if (stride && count < frames)
    return [
      `only ${count} of ${frames} frames, ${stride} apart, come before the clip or the ${seconds(CLIP_LIMITS.maxWindowS)} that are looked at end`,
    ];
  if (stride) return [];
  if (count < frames) return [`the window has only ${count} frames, so all of them are used instead of ${frames}`];
  const stepS = lengthS / count;
  const late = chosenS.map((timeS, i) => timeS - i * stepS);
  const mean = late.reduce((a, b) => a + b) / count;
  if (late.every((value) => Math.abs(value - mean) <= UNEVEN_STEPS * stepS)) return [];
  const steps = chosenS.slice(1).map((timeS, i) => timeS - chosenS[i]);
  const [least, most] = [Math.min(...steps), Math.max(...steps)].map((step) => step.toFixed(2));
  return [`the frames of this window come unevenly: those that are looked at are from ${least} to ${most} s apart`];
}

/** "0.5 s", "600 s": at most two decimals, rounded down, so that a window said to end there ends before the frame meant. */
export function seconds(value: number): string {
  return `${Math.floor(value * 100 + 1e-6) / 100} s`;
}

/** "1 frame", "0 frames". */
export function countFrames(count: number): string {
  return `${count} ${count === 1 ? "frame" : "frames"}`;
}
