import type { ClipInfo } from "../types.ts";

/** As many pixels are decoded for a survey, and as many frames: 10 s at 1080p and 24 Hz, a minute at 480p. */
const PIXELS = 5e8;
const FRAMES = 1500;

/** How much of a clip one survey sees, in seconds. */
export function surveyedS({ width, height, framesPerSecond, durationS }: ClipInfo): number {
  const frames = Math.min(FRAMES, Math.max(16, Math.floor(PIXELS / (width * height))));
  return Math.min(durationS, frames / framesPerSecond);
}
