/** What is true of a clip, per frame and body, in the arrays that files and training read. Bodies: solids first, then fluids. */
import { PARTICLE_AREA } from "./fluid/kernel.ts";
import { type Body, CLIP, type Scene, type Snapshot } from "./types.ts";

export interface Truth {
  readonly center: Float32Array<ArrayBuffer>;
  readonly angle: Float32Array<ArrayBuffer>;
  readonly velocity: Float32Array<ArrayBuffer>;
}

export function bodiesOf(scene: Scene, snapshots: readonly Snapshot[]): Body[] {
  const solids = scene.solids.map(({ at, velocity, driven, ...body }): Body => body);
  const fluids = scene.fluids.map(({ kind, colour, density }, f): Body => {
    const mass = Float32Array.from(snapshots, ({ fluids }) => centroid(fluids[f]).count * PARTICLE_AREA);
    return { kind, colour, density, mass };
  });
  return [...solids, ...fluids];
}

/** center F32 [T, K, 2] px, angle F32 [T, K], velocity F32 [T, K, 2] px/frame. */
export function truthOf(scene: Scene, snapshots: readonly Snapshot[]): Truth {
  const bodies = scene.solids.length + scene.fluids.length;
  const center = new Float32Array(CLIP.frames * bodies * 2);
  const velocity = new Float32Array(CLIP.frames * bodies * 2);
  const angle = new Float32Array(CLIP.frames * bodies);
  for (const [t, { solids, fluids }] of snapshots.entries()) {
    for (const [k, solid] of solids.entries()) {
      const row = t * bodies + k;
      center.set([solid.x, solid.y], 2 * row);
      velocity.set([solid.vx, solid.vy], 2 * row);
      angle[row] = solid.angle;
    }
    for (const [f, positions] of fluids.entries()) {
      const row = t * bodies + solids.length + f;
      const { x, y } = centroid(positions);
      center.set([x, y], 2 * row);
      velocity.set(drift(snapshots, t, f), 2 * row);
    }
  }
  return { center, angle, velocity };
}

/** Mean position of the particles that are in the world; NaN while there are none. */
function centroid(positions: Float32Array): { readonly x: number; readonly y: number; readonly count: number } {
  let [x, y, count] = [0, 0, 0];
  for (let p = 0; p < positions.length; p += 2) {
    if (Number.isNaN(positions[p])) continue;
    x += positions[p];
    y += positions[p + 1];
    count++;
  }
  // Not 0 / 0, whose sign differs between processors.
  if (count === 0) return { x: Number.NaN, y: Number.NaN, count };
  return { x: x / count, y: y / count, count };
}

/** Mean velocity of the particles that are there in both of two frames: the centroid itself also moves by what flows in. */
function drift(snapshots: readonly Snapshot[], t: number, f: number): readonly [number, number] {
  const [from, to] = t > 0 ? [t - 1, t] : [0, 1];
  const [before, after] = [snapshots[from].fluids[f], snapshots[to].fluids[f]];
  let [x, y, count] = [0, 0, 0];
  for (let p = 0; p < after.length; p += 2) {
    if (Number.isNaN(before[p]) || Number.isNaN(after[p])) continue;
    x += after[p] - before[p];
    y += after[p + 1] - before[p + 1];
    count++;
  }
  return count > 0 ? [x / count, y / count] : [0, 0];
}
