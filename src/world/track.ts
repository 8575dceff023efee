/** True correspondences: where what is seen at a place in one frame of a clip is in another. */
import { cos, sin } from "./exact.ts";
import { CLIP, type WorldClip } from "./types.ts";

export interface Track {
  /** px; may lie outside the frame. */
  readonly x: number;
  readonly y: number;
  /** It is inside the frame, and what the mask shows there is the same body (or background, which stays). */
  readonly visible: boolean;
}

/** A place in liquid moves as the mean of this many particles nearest to it. */
const NEAREST = 4;

/**
 * Follows the body seen at (x, y) px of one frame: a solid by its pose, a liquid by its nearest particles.
 * @throws Error where a frame is not 0 … T − 1 or the place lies outside the frame
 */
export function trackInClip(clip: WorldClip, fromFrame: number, x: number, y: number, toFrame: number): Track {
  for (const frame of [fromFrame, toFrame]) {
    if (!Number.isInteger(frame) || frame < 0 || frame >= CLIP.frames) {
      throw new Error(`a frame is a whole number from 0 to ${CLIP.frames - 1}, got ${frame}`);
    }
  }
  const body = seenAt(clip, fromFrame, x, y);
  if (body === null) throw new Error(`a place lies within 0 ≤ x, y < ${CLIP.size}, got (${x}, ${y})`);
  const moved = move(clip, body, fromFrame, x, y, toFrame);
  if (!moved) return { x, y, visible: false };
  return { x: moved[0], y: moved[1], visible: seenAt(clip, toFrame, moved[0], moved[1]) === body };
}

/** The mask's value, null outside the frame. */
function seenAt({ mask }: WorldClip, frame: number, x: number, y: number): number | null {
  const { size } = CLIP;
  if (!(x >= 0 && y >= 0 && x < size && y < size)) return null;
  return mask[(frame * size + Math.floor(y)) * size + Math.floor(x)];
}

function move(
  { snapshots, scene }: WorldClip,
  body: number,
  fromFrame: number,
  x: number,
  y: number,
  toFrame: number,
): readonly [number, number] | null {
  if (body === 0) return [x, y];
  const [from, to] = [snapshots[fromFrame], snapshots[toFrame]];
  const solids = scene.solids.length;
  if (body > solids) return drift(from.fluids[body - 1 - solids], to.fluids[body - 1 - solids], x, y);
  const [before, after] = [from.solids[body - 1], to.solids[body - 1]];
  const turn = after.angle - before.angle;
  const [c, s] = [cos(turn), sin(turn)];
  const [dx, dy] = [x - before.x, y - before.y];
  return [after.x + dx * c - dy * s, after.y + dx * s + dy * c];
}

/** null where most of the particles at the place are still to come at the other instant: what is seen there is not in the world yet. */
function drift(from: Float32Array, to: Float32Array, x: number, y: number): readonly [number, number] | null {
  const near: { readonly p: number; readonly distance: number }[] = [];
  for (let p = 0; p < from.length; p += 2) {
    const [dx, dy] = [from[p] - x, from[p + 1] - y];
    const distance = dx * dx + dy * dy;
    // NaN, a particle still to come, is never nearer.
    if (!(distance < (near[NEAREST - 1]?.distance ?? Number.POSITIVE_INFINITY))) continue;
    const at = near.findIndex((other) => other.distance > distance);
    near.splice(at === -1 ? near.length : at, 0, { p, distance });
    near.length = Math.min(near.length, NEAREST);
  }
  const there = near.filter(({ p }) => !Number.isNaN(to[p]));
  if (there.length === 0 || 2 * there.length < near.length) return null;
  let [dx, dy, weights] = [0, 0, 0];
  for (const { p, distance } of there) {
    const weight = 1 / (distance + 0.25);
    dx += weight * (to[p] - from[p]);
    dy += weight * (to[p + 1] - from[p + 1]);
    weights += weight;
  }
  return [x + dx / weights, y + dy / weights];
}
