/** The flight along a thread: a camera a little behind and above the soft match, looking where it goes. It stays in the thread's shot. */
import type { Shot } from "../figure/cuts.ts";
import { type BlockLayout, type Point, pointOf } from "./layout.ts";
import { between, type Spread } from "./spread.ts";

/** Behind the match, in longer sides of a frame, and above it. */
const BEHIND = 1.1;
const ABOVE = 0.2;
/** How far ahead it looks, in frames. */
const AHEAD = 1;

export interface FlightPose {
  readonly position: Point;
  readonly target: Point;
  /** The frame that is nearest. */
  readonly frame: number;
}

/** @param at a frame of the shot, fractions between two */
export function flightPose(
  layout: BlockLayout,
  spreads: readonly Spread[],
  { from, to }: Shot,
  at: number,
): FlightPose {
  const last = to - 1;
  const here = Math.min(Math.max(at, from), last);
  const spread = (frame: number) => {
    const f = Math.min(Math.floor(Math.min(frame, last)), Math.max(last - 1, from));
    return between(spreads[f], spreads[Math.min(f + 1, last)], Math.min(frame, last) - f);
  };
  const near = spread(here);
  const far = spread(here + AHEAD);
  const { x, y, z } = pointOf(layout, here, near.row, near.col);
  return {
    position: { x: x * 0.6, y: y * 0.6 + ABOVE, z: z + BEHIND },
    // Past the end it goes on looking ahead, not back at itself.
    target: { ...pointOf(layout, here + AHEAD, far.row, far.col) },
    frame: Math.round(here),
  };
}

/**
 * Runs a flight through the frames of a shot and calls `show` for each picture of it. With reduced motion it jumps from frame to frame.
 *
 * @returns what stops it, `show` too; `done` is called either way, once
 */
export function fly({ from, to }: Shot, reduced: boolean, show: (at: number) => void, done: () => void): () => void {
  let handle = 0;
  let over = false;
  const stop = () => {
    if (over) return;
    over = true;
    cancelAnimationFrame(handle);
    clearTimeout(handle);
    done();
  };
  if (reduced) {
    const jump = (f: number) => {
      if (f >= to) return stop();
      show(f);
      if (!over) handle = window.setTimeout(() => jump(f + 1), JUMP_MS);
    };
    jump(from);
    return stop;
  }
  const start = performance.now();
  const step = (now: number) => {
    const at = from + Math.max(now - start, 0) / MS_A_FRAME;
    show(Math.min(at, to - 1));
    if (at >= to - 1 + REST) stop();
    else if (!over) handle = requestAnimationFrame(step);
  };
  handle = requestAnimationFrame(step);
  return stop;
}

const MS_A_FRAME = 650;
const JUMP_MS = 900;
/** How long it stays at the end, in frames. */
const REST = 1;
