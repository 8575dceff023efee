/** Clips that break a law on purpose, for whatever has to tell them from good ones (docs/judge.md lists the ways). */
import { CORRUPTIONS } from "../judge/exam/corruptions.ts";
import { loadRapier } from "../world/rigid.ts";
import type { WorldClip } from "../world/types.ts";

/** A clip's pictures after one law was broken; what the clip knows of its bodies no longer holds. */
export interface BrokenClip {
  readonly frames: Uint8Array<ArrayBuffer>;
  readonly prompt: string;
  readonly template: string;
  readonly category: string;
  /** The corruption's name, "gravity-1.5". */
  readonly broken: string;
}

/** Breaks clips, each in one of the ways that it allows: `turn` counts through them. null: it allows none. */
export async function createBreaker(): Promise<(clip: WorldClip, turn: number) => BrokenClip | null> {
  const rapier = await loadRapier();
  return (clip, turn) => {
    const ways = CORRUPTIONS.filter(({ templates }) => templates.includes(clip.template));
    for (let i = 0; i < ways.length; i++) {
      const { name, make } = ways[(turn + i) % ways.length];
      const frames = make(clip, rapier);
      if (!frames) continue;
      const { prompt, template, category } = clip;
      return { frames: frames.slice(), prompt, template, category, broken: name };
    }
    return null;
  };
}
