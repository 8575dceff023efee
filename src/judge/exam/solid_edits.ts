/** What corruptions of solids are made of: edits of the world's snapshots, and its scene run under another law. */
import { createFluid } from "../../world/fluid/fluid.ts";
import { render } from "../../world/render/render.ts";
import type { Rapier } from "../../world/rigid.ts";
import { simulate } from "../../world/simulate.ts";
import { isWhole } from "../../world/templates/template.ts";
import { CLIP, type Scene, type Snapshot, type WorldClip } from "../../world/types.ts";

export const { frames: T, size: SIZE } = CLIP;

export type Pose = Snapshot["solids"][number];

export const draw = (scene: Scene, snapshots: readonly Snapshot[]): Uint8Array => render(scene, snapshots).frames;

export const rerun = (scene: Scene, rapier: Rapier, frames: number = CLIP.frames): Snapshot[] =>
  simulate(rapier, scene, createFluid, frames);

/** The snapshots with every solid's pose put through `move`. */
export function moved(
  snapshots: readonly Snapshot[],
  move: (pose: Pose, solid: number, frame: number) => Pose,
): Snapshot[] {
  return snapshots.map((snapshot, t) => ({
    ...snapshot,
    solids: snapshot.solids.map((pose, k) => move(pose, k, t)),
  }));
}

export const shifted = (pose: Pose, x: number, y: number): Pose => ({ ...pose, x: pose.x + x, y: pose.y + y });

/** Where a renderer shows nothing of it. */
export const away = (pose: Pose): Pose => ({ ...pose, x: -4 * SIZE });

/** Frames in which solid k lies wholly in the picture. */
export const wholeFrames = ({ scene, snapshots }: Pick<WorldClip, "scene" | "snapshots">, k: number): number[] =>
  snapshots.flatMap(({ solids }, t) => (isWhole(scene.solids[k], solids[k]) ? [t] : []));

/** The first frame by which anything has touched; the contact lies between it and the frame before. null: none does. */
export function contactFrame({ snapshots }: Pick<WorldClip, "snapshots">): number | null {
  const frame = snapshots.findIndex(({ contacts }, t) => t > 0 && contacts.length > 0);
  return frame > 0 ? frame : null;
}

/** Energy of all solids' motion, density · px⁴/frame². */
export function motionEnergy(scene: Scene, { solids }: Snapshot): number {
  return solids.reduce((sum, { vx, vy, spin }, k) => {
    const { shape, half, density } = scene.solids[k];
    const [a, b] = half;
    const ball = shape === "ball";
    const mass = density * a * b * (ball ? Math.PI : 4);
    // A ball's turning is texture alone: it is no part of what the outlines show.
    const turning = ball ? 0 : (mass * (a * a + b * b) * spin * spin) / 6;
    return sum + 0.5 * (mass * (vx * vx + vy * vy) + turning);
  }, 0);
}
