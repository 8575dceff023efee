import { trackInClip } from "../world/track.ts";
import type { WorldClip } from "../world/types.ts";
import { TEACHER_GRID } from "./grid.ts";

const { frames: F, rows, patch, tubelet } = TEACHER_GRID;

/** Shape of `worldTracks`. */
export const TRACKS_SHAPE = [F * rows * rows, F, 2] as const;

/**
 * Where each token's spot is, x, y in px: F32 [N, F, 2]. Token i = f·S + s is followed from its centre in the first of its two video
 * frames; NaN in token frames in which the spot is out of sight. A solid turns with its pose, a liquid goes with its particles.
 */
export function worldTracks(clip: WorldClip): Float32Array<ArrayBuffer> {
  const places = new Float32Array(F * rows * rows * F * 2).fill(Number.NaN);
  for (let i = 0; i < F * rows * rows; i++) {
    const [f, row, column] = [Math.floor(i / rows ** 2), Math.floor(i / rows) % rows, i % rows];
    for (let g = 0; g < F; g++) {
      const { x, y, visible } = trackInClip(
        clip,
        tubelet * f,
        patch * (column + 0.5),
        patch * (row + 0.5),
        tubelet * g,
      );
      if (visible) places.set([x, y], 2 * (i * F + g));
    }
  }
  return places;
}
