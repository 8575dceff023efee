/** What `npm run exam` runs in Node: the judge's own examination, on clips whose verdict is known. */
import { CONTROLS } from "../judge/exam/controls.ts";
import { CORRUPTIONS } from "../judge/exam/corruptions.ts";
import type { Part, Trial } from "../judge/exam/report.ts";
import { withBlur, withNoise } from "../judge/exam/soften.ts";
import { judgeClip } from "../judge/judge.ts";
import { FLUID_TOLERANCES, PICTURE_TOLERANCES, SENTENCE_TOLERANCES, SOLID_TOLERANCES } from "../judge/tolerances.ts";
import type { Verdict } from "../judge/types.ts";
import { TEMPLATE_NAMES } from "../world/language/patterns.ts";
import { sentenceOf } from "../world/language/splits.ts";
import { loadRapier, type Rapier } from "../world/rigid.ts";
import type { TemplateName, WorldClip } from "../world/types.ts";
import { createWorld } from "../world/world.ts";

export { PARTS, tally } from "../judge/exam/report.ts";
export { TEMPLATE_NAMES } from "../world/language/patterns.ts";

export const tolerances = {
  pictures: PICTURE_TOLERANCES,
  solids: SOLID_TOLERANCES,
  liquids: FLUID_TOLERANCES,
  sentences: SENTENCE_TOLERANCES,
};

/** σ of pixel noise as a share of the range, and of blur in px: what the judge must not mind. */
const NOISE = 0.03;
const BLUR = 0.5;

interface Made {
  readonly frames: Uint8Array;
  readonly prompt: string;
}

/** What a trial may be of. */
interface Kind {
  readonly part: Part;
  readonly kind: string;
  readonly templates: readonly TemplateName[];
  /** What Joint* must be; of a corruption PC*. */
  readonly holds: boolean;
  /** The clip to judge; null where this one gives none. */
  make(clip: WorldClip, rapier: Rapier): Made | null;
}

const softened = (kind: string, soften: (frames: Uint8Array, seed: number) => Uint8Array): Kind => ({
  part: "robustness",
  kind,
  templates: TEMPLATE_NAMES,
  holds: true,
  make: ({ frames, prompt, seed }) => ({ frames: soften(frames, seed), prompt }),
});

const ALL: readonly Kind[] = [
  { part: "pass", kind: "as-made", templates: TEMPLATE_NAMES, holds: true, make: (clip) => clip },
  ...CORRUPTIONS.map(({ name, templates, make }): Kind => {
    const broken: Kind["make"] = (clip, rapier) => {
      const frames = make(clip, rapier);
      return frames && { frames, prompt: clip.prompt };
    };
    return { part: "corruptions", kind: name, templates, holds: false, make: broken };
  }),
  ...CONTROLS.map(
    ({ name, joint, templates, make }): Kind => ({ part: "controls", kind: name, templates, holds: joint, make }),
  ),
  softened("noise", (frames, seed) => withNoise(frames, NOISE, seed)),
  softened("blur", (frames) => withBlur(frames, BLUR)),
  softened("both", (frames, seed) => withNoise(withBlur(frames, BLUR), NOISE, seed)),
];

/** Names of kinds; one may stand in two parts. */
export const KINDS: readonly string[] = [...new Set(ALL.map(({ kind }) => kind))];

/** The kinds of trials, of these names and parts, that there are of a template. */
export const kindsOf = (template: TemplateName, parts: readonly Part[], names: readonly string[]): Kind[] =>
  ALL.filter(
    ({ part, kind, templates }) => templates.includes(template) && parts.includes(part) && names.includes(kind),
  );

/** (template, seed, parts, kinds) → the trials of one clip, of these kinds only. */
export type Exam = (template: TemplateName, seed: number, parts: readonly Part[], kinds?: readonly string[]) => Trial[];

/** Compiles the world once. */
export async function createExam(): Promise<Exam> {
  const [world, rapier] = [await createWorld(), await loadRapier()];
  return (template, seed, parts, kinds = KINDS) => {
    const clip = world.makeClip(sentenceOf(template, seed), seed);
    return kindsOf(template, parts, kinds).map(({ part, kind, holds, make }): Trial => {
      const made = make(clip, rapier);
      const verdict = made && brief(judgeClip(made.frames, made.prompt, { parsed: false }));
      const found = part === "corruptions" ? verdict?.pc : verdict?.joint;
      return { template, seed, part, kind, verdict, right: found === holds };
    });
  };
}

/** SA* and PC* hold at ½. */
const HOLDS = 0.5;

function brief({ sa, pc, joint, rules, discarded }: Verdict): NonNullable<Trial["verdict"]> {
  const broken: Record<string, number> = {};
  for (const { rule, error, tolerance, applies } of rules) {
    if (applies && !(error <= tolerance)) broken[rule] = error / tolerance;
  }
  return { sa: sa >= HOLDS, pc: pc >= HOLDS, joint, discarded, broken };
}
