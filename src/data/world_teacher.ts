/**
 * A teacher that needs no network: the world knows which spot of which body every token shows, so tokens of one spot are alike in
 * every frame, whatever has become of it, and tokens of different bodies are not alike at all.
 */
import { toHalf } from "../formats/half.ts";
import type { TeacherFeatures } from "../train/prepared_clip.ts";
import { cos, sin } from "../world/exact.ts";
import { CLIP, type Snapshot, type WorldClip } from "../world/types.ts";
import { TEACHER_CHANNELS, TEACHER_GRID } from "./grid.ts";

/** A spot's place among 8 × 8 marks of what it belongs to: the background and two bodies. */
const MARKS = 8;
const CHANNELS = TEACHER_CHANNELS;
const PARTS = CHANNELS / MARKS ** 2;

/**
 * Where marks lie, px: the background's all over the frame, a liquid's round the middle of where its particles came from (of
 * 23 000 spots of what pours the farthest was 37 px from it), a solid's over the largest body, turning with it.
 */
const SPREAD = {
  still: { from: 4, step: 8 },
  liquid: { from: -38.5, step: 11 },
  solid: { from: -14, step: 4 },
} as const;

/** A place in liquid is where its nearest particles were at first. */
const NEAREST = 4;

interface Spot {
  /** 0 background, k + 1 body k. */
  readonly part: number;
  readonly of: keyof typeof SPREAD;
  readonly u: number;
  readonly v: number;
}

/**
 * Features [2F, S, 192] of a clip's tokens, each from the spot under its centre in its tubelet's first frame (as the pre-training's
 * tracks do): exp(−‖spot − mark‖² / 2s²) at the marks of its body with s ¾ of their distance, 0 at all others, so that the cosine of
 * two spots d px apart is about exp(−d² / 4s²).
 * @throws RangeError for a clip of more than two bodies
 */
export function worldTeacher(clip: WorldClip): TeacherFeatures {
  if (clip.bodies.length >= PARTS) {
    throw new RangeError(
      `the world as teacher tells ${PARTS - 1} bodies apart, “${clip.prompt}” has ${clip.bodies.length}`,
    );
  }
  const { frames: F, rows, patch, tubelet } = TEACHER_GRID;
  const first = firstPlaces(clip);
  const features = new Float32Array(F * rows * rows * CHANNELS);
  for (let i = 0; i < F * rows * rows; i++) {
    const [f, row, column] = [Math.floor(i / rows ** 2), Math.floor(i / rows) % rows, i % rows];
    const spot = spotAt(clip, first, tubelet * f, patch * (column + 0.5), patch * (row + 0.5));
    writeMarks(features.subarray(i * CHANNELS, (i + 1) * CHANNELS), spot);
  }
  return { channels: CHANNELS, halves: toHalf(features) };
}

function writeMarks(out: Float32Array, { part, of, u, v }: Spot): void {
  const { from, step } = SPREAD[of];
  const twice = 2 * (0.75 * step) ** 2;
  for (let row = 0; row < MARKS; row++) {
    for (let column = 0; column < MARKS; column++) {
      const [du, dv] = [u - from - step * column, v - from - step * row];
      out[(part * MARKS + row) * MARKS + column] = Math.exp(-(du * du + dv * dv) / twice);
    }
  }
}

/** The spot seen at (x, y) px of a video frame. */
function spotAt(
  { mask, scene, snapshots }: WorldClip,
  first: readonly Float32Array[],
  t: number,
  x: number,
  y: number,
) {
  const part = mask[(t * CLIP.size + Math.floor(y)) * CLIP.size + Math.floor(x)];
  if (part === 0) return { part, of: "still", u: x, v: y } satisfies Spot;
  const solid = snapshots[t].solids[part - 1];
  if (solid) {
    const [c, s] = [cos(solid.angle), sin(solid.angle)];
    const [dx, dy] = [x - solid.x, y - solid.y];
    return { part, of: "solid", u: dx * c + dy * s, v: dy * c - dx * s } satisfies Spot;
  }
  const fluid = part - 1 - scene.solids.length;
  const [u, v] = cameFrom(snapshots[t].fluids[fluid], first[fluid], x, y);
  return { part, of: "liquid", u, v } satisfies Spot;
}

/**
 * Where each particle was at frame 0, per liquid [x₀, y₀, …] from the mean of all its particles; one that comes in later, as far behind
 * its first place as it moved in a frame, for every frame that it was late: what pours from one mouth is told apart by when it came.
 */
function firstPlaces({ scene, snapshots }: Pick<WorldClip, "scene" | "snapshots">): Float32Array[] {
  return scene.fluids.map((_, k) => {
    const places = snapshots[0].fluids[k].slice();
    for (let p = 0; p < places.length; p += 2) {
      const t = snapshots.findIndex((snapshot) => !Number.isNaN(snapshot.fluids[k][p]));
      const [now, next] = [snapshots[t], snapshots[t + 1]] as readonly (Snapshot | undefined)[];
      if (!now) continue;
      for (const axis of [p, p + 1]) {
        const moved = next ? next.fluids[k][axis] - now.fluids[k][axis] : 0;
        places[axis] = now.fluids[k][axis] - t * moved;
      }
    }
    return fromTheirMean(places);
  });
}

/** Of places [x₀, y₀, …]; those that are NaN stay so. */
function fromTheirMean(places: Float32Array): Float32Array {
  const [x, y] = [0, 1].map((axis) => {
    const known = places.filter((place, i) => i % 2 === axis && !Number.isNaN(place));
    return known.reduce((sum, place) => sum + place, 0) / known.length;
  });
  return places.map((place, i) => place - (i % 2 === 0 ? x : y));
}

function cameFrom(now: Float32Array, first: Float32Array, x: number, y: number): readonly [number, number] {
  const near: { readonly p: number; readonly distance: number }[] = [];
  for (let p = 0; p < now.length; p += 2) {
    const distance = (now[p] - x) ** 2 + (now[p + 1] - y) ** 2;
    // NaN, a particle still to come, is never nearer.
    if (!(distance < (near[NEAREST - 1]?.distance ?? Number.POSITIVE_INFINITY))) continue;
    near.push({ p, distance });
    near.sort((a, b) => a.distance - b.distance);
    near.length = Math.min(near.length, NEAREST);
  }
  let [u, v] = [x, y];
  for (const { p } of near) {
    u += (first[p] - now[p]) / near.length;
    v += (first[p + 1] - now[p + 1]) / near.length;
  }
  return [u, v];
}
