/** The window that is looked at, as the timeline and its neighbours have it. */
import { windowOf } from "../../state/sampling.ts";
import { setSettings, usePicked, useSettings } from "../../state/settings.ts";
import { CLIP_LIMITS, type ClipInfo } from "../../worker/protocol.ts";
import type { Grip, Span } from "./timeline_scale.ts";

/** From where to where the settings' window goes; of no clip, nowhere. */
export function useWindow(clip: ClipInfo | null): Span {
  const picked = usePicked("startS", "lengthS", "frames", "stride", "encoder");
  if (!clip) return { startS: 0, endS: 1 };
  const { startS, lengthS } = windowOf(picked, clip);
  return { startS, endS: Math.min(clip.durationS, startS + Math.min(lengthS, CLIP_LIMITS.maxWindowS)) };
}

/**
 * Puts the window where a grip was dragged to. Where frames are counted, a longer window counts in longer steps: by its ends, since as
 * it is shown it may be cut at the clip's end or at the longest.
 */
export function changeWindow(clip: ClipInfo, grip: Grip, { startS, endS }: Span): void {
  const { frames, stride } = useSettings.getState();
  const start = Number(startS.toFixed(3));
  const length = endS - startS;
  if (stride > 0) {
    const step = grip === "whole" ? stride : Math.round((length * clip.framesPerSecond) / frames);
    setSettings({ startS: start, stride: Math.min(Math.max(1, step), CLIP_LIMITS.maxStride) });
    return;
  }
  const whole = start === 0 && length >= Math.min(clip.durationS, CLIP_LIMITS.maxWindowS) - 1e-3;
  setSettings({ startS: start, lengthS: whole ? 0 : Number(length.toFixed(3)) });
}

/** The least that a key moves a grip by, in seconds: a frame, or where frames are counted, what the window's end gains by each step. */
export function keyStepS(grip: Grip, { framesPerSecond }: Pick<ClipInfo, "framesPerSecond">): number {
  const { frames, stride } = useSettings.getState();
  return (grip === "end" && stride > 0 ? frames : 1) / framesPerSecond;
}

/** Looks at all of the clip, up to the longest window. */
export const takeWhole = (): void => setSettings({ startS: 0, lengthS: 0, stride: 0 });
