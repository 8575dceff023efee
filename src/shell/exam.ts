/** What `npm run exam` runs in Node: the judge's own examination, on clips whose verdict is known. */
import { CONTROLS } from "../judge/exam/controls.ts";
import { CORRUPTIONS } from "../judge/exam/corruptions.ts";
import type { Part, Trial } from "../judge/exam/report.ts";
import { withBlur, withNoise } from "../judge/exam/soften.ts";
import { judgeClip } from "../judge/judge.ts";
import { FLUID_TOLERANCES, PICTURE_TOLERANCES, SENTENCE_TOLERANCES, SOLID_TOLERANCES } from "../judge/tolerances.ts";
import type { Verdict } from "../judge/types.ts";
import { sentenceOf } from "../world/language/splits.ts";
import { loadRapier } from "../world/rigid.ts";
import type { TemplateName } from "../world/types.ts";
import { createWorld } from "../world/world.ts";

export { PARTS, tally } from "../judge/exam/report.ts";
export const tolerances = {
  pictures: PICTURE_TOLERANCES,
  solids: SOLID_TOLERANCES,
  liquids: FLUID_TOLERANCES,
  sentences: SENTENCE_TOLERANCES,
};
export { TEMPLATE_NAMES } from "../world/language/patterns.ts";

/** σ of pixel noise as a share of the range, and of blur in px: what the judge must not mind. */
const NOISE = 0.03;
const BLUR = 0.5;

/** (template, seed, parts, kinds) → the trials of one clip, of these kinds only. */
export type Exam = (template: TemplateName, seed: number, parts: readonly Part[], kinds?: readonly string[]) => Trial[];

/** Compiles the world once. */
export async function createExam(): Promise<Exam> {
  const [world, rapier] = [await createWorld(), await loadRapier()];
  return (template, seed, parts, kinds = KINDS) => {
    const clip = world.makeClip(sentenceOf(template, seed), seed);
    const trials: Trial[] = [];
    const asked = (part: Part, kind: string) => parts.includes(part) && kinds.includes(kind);
    const add = (part: Part, kind: string, made: Made | null, joint: boolean) => {
      const verdict = made && brief(judgeClip(made.frames, made.prompt, { parsed: false }));
      const right = verdict !== null && (part === "corruptions" ? !verdict.pc : verdict.joint === joint);
      trials.push({ template, seed, part, kind, verdict, right });
    };
    if (asked("pass", AS_MADE)) add("pass", AS_MADE, clip, true);
    for (const { name, templates, make } of CORRUPTIONS) {
      if (!asked("corruptions", name) || !templates.includes(template)) continue;
      const frames = make(clip, rapier);
      add("corruptions", name, frames && { frames, prompt: clip.prompt }, false);
    }
    for (const { name, joint, templates, make } of CONTROLS) {
      if (asked("controls", name) && templates.includes(template)) add("controls", name, make(clip, rapier), joint);
    }
    for (const [kind, soften] of SOFTENED) {
      if (asked("robustness", kind)) {
        add("robustness", kind, { frames: soften(clip.frames, seed), prompt: clip.prompt }, true);
      }
    }
    return trials;
  };
}

interface Made {
  readonly frames: Uint8Array;
  readonly prompt: string;
}

const SOFTENED: readonly (readonly [kind: string, soften: (frames: Uint8Array, seed: number) => Uint8Array])[] = [
  ["noise", (frames, seed) => withNoise(frames, NOISE, seed)],
  ["blur", (frames) => withBlur(frames, BLUR)],
  ["both", (frames, seed) => withNoise(withBlur(frames, BLUR), NOISE, seed)],
];

const AS_MADE = "as-made";

/** What a trial may be of. */
export const KINDS: readonly string[] = [
  ...new Set([AS_MADE, ...[...CORRUPTIONS, ...CONTROLS].map(({ name }) => name), ...SOFTENED.map(([kind]) => kind)]),
];

/** SA* and PC* hold at ½. */
const HOLDS = 0.5;

function brief({ sa, pc, joint, rules, discarded }: Verdict): NonNullable<Trial["verdict"]> {
  const broken: Record<string, number> = {};
  for (const { rule, error, tolerance, applies } of rules) {
    if (applies && !(error <= tolerance)) broken[rule] = error / tolerance;
  }
  return { sa: sa >= HOLDS, pc: pc >= HOLDS, joint, discarded, broken };
}
