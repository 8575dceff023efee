/** Arithmetic of the timeline: between seconds and places on the strip. Pure. */
import type { ClipInfo, ClipPart } from "../../worker/protocol.ts";

/** A window as its two ends. */
export interface Span {
  readonly startS: number;
  readonly endS: number;
}

/** The shortest window that handles can make. */
export const MIN_LENGTH_S = 0.2;
/** The shortest part that the strip is zoomed to. */
const MIN_VIEW_S = 0.5;
/** How near, in pixels, the pointer is taken to a cut. */
const SNAP_PX = 7;

const inside = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);

/** Where a time stands on the strip, 0 to 1. */
export const placeOf = ({ fromS, toS }: ClipPart, seconds: number): number =>
  inside((seconds - fromS) / (toS - fromS), 0, 1);

/** The time at a place of the strip, kept on it. @param share 0 to 1 */
export const timeAt = ({ fromS, toS }: ClipPart, share: number): number => fromS + inside(share, 0, 1) * (toS - fromS);

/** Which frame starts at a time, as near as the clip's rate says. */
export function frameWords(
  seconds: number,
  { framesPerSecond, constantRate }: Pick<ClipInfo, "framesPerSecond" | "constantRate">,
): string {
  const index = Math.round(seconds * framesPerSecond);
  return `frame ${constantRate ? "" : "≈ "}${index}`;
}

/** The nearest of some times, where one is within reach. @param widthPx of the strip */
export function snapped({ fromS, toS }: ClipPart, widthPx: number, seconds: number, to: readonly number[]): number {
  const reachS = (SNAP_PX / widthPx) * (toS - fromS);
  const nearest = to.reduce(
    (a, b) => (Math.abs(b - seconds) < Math.abs(a - seconds) ? b : a),
    Number.POSITIVE_INFINITY,
  );
  return Math.abs(nearest - seconds) <= reachS ? nearest : seconds;
}

/** What of a window is dragged: one of its ends, or all of it. */
export type Grip = "start" | "end" | "whole";

/**
 * The window with a grip of it moved to a time, within the clip and the longest window.
 * @param to of the grip; of the whole window, of its start
 */
export function dragged({ startS, endS }: Span, grip: Grip, to: number, durationS: number, maxS: number): Span {
  const least = Math.min(MIN_LENGTH_S, durationS);
  if (grip === "start") return { startS: inside(to, Math.max(0, endS - maxS), endS - least), endS };
  if (grip === "end") return { startS, endS: inside(to, startS + least, Math.min(durationS, startS + maxS)) };
  const length = endS - startS;
  const start = inside(to, 0, durationS - length);
  return { startS: start, endS: start + length };
}

/** A part of the clip seen nearer (factor > 1) or farther, the time `aboutS` staying where it is; null is all of the clip. */
export function zoomed({ fromS, toS }: ClipPart, factor: number, aboutS: number, durationS: number): ClipPart | null {
  const span = Math.max((toS - fromS) / factor, Math.min(MIN_VIEW_S, durationS));
  if (span >= durationS) return null;
  const share = (aboutS - fromS) / (toS - fromS);
  return shifted({ fromS: aboutS - share * span, toS: aboutS + (1 - share) * span }, 0, durationS);
}

/** The part moved along the clip, kept within it. */
export function shifted({ fromS, toS }: ClipPart, byS: number, durationS: number): ClipPart {
  const span = toS - fromS;
  const from = inside(fromS + byS, 0, durationS - span);
  return { fromS: from, toS: from + span };
}
