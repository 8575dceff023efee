import type { ClipTruth, TeacherFeatures } from "../train/prepared_clip.ts";
import { createWorld, type World } from "../world/world.ts";
import type { TaskClip } from "./task.ts";
import { worldTeacher } from "./world_teacher.ts";

/** What preparing needs of a simulated clip. */
export interface SimulatedClip {
  /** U8 [16, 64, 64, 3]. */
  readonly frames: Uint8Array<ArrayBuffer>;
  readonly template: string;
  readonly truth: ClipTruth;
  /** The world's own features; null where they were not asked for. */
  readonly teacher: TeacherFeatures | null;
}

/** A clip, or the sentence that says why the world cannot show it. */
export type Simulated = SimulatedClip | { readonly problem: string };

/** Whoever simulates: this thread, or another. */
export interface Simulator {
  /** @param teacher whether the world's own features are wanted */
  simulate(clip: TaskClip, teacher: boolean): Promise<Simulated>;
  /** What is still asked for is never answered. */
  close(): void;
}

export function simulateIn(world: World, { prompt, seed, laws }: TaskClip, teacher: boolean): Simulated {
  try {
    const clip = world.makeClip(prompt, seed, laws);
    const bodies = clip.bodies.map(({ kind, colour }) => ({ kind, colour }));
    const { frames, center, template } = clip;
    return { frames, template, truth: { bodies, center }, teacher: teacher ? worldTeacher(clip) : null };
  } catch (cause) {
    return { problem: cause instanceof Error ? cause.message : String(cause) };
  }
}

/** Simulates in this thread: for Node. */
export async function simulatorHere(): Promise<Simulator> {
  const world = await createWorld();
  return { simulate: async (clip, teacher) => simulateIn(world, clip, teacher), close() {} };
}
