/** The law judge: from pixels and a sentence alone to SA*, PC* and Joint*. */
import { parsePrompt } from "../world/language/grammar.ts";
import { PATTERNS } from "../world/language/patterns.ts";
import { type Laws, USUAL_LAWS } from "../world/laws.ts";
import { CLIP } from "../world/types.ts";
import { parsedFluids, parseLiquids } from "./fluid/parse.ts";
import { fluidRules } from "./fluid/rules.ts";
import { noiseOf, PIXELS } from "./fluid/shares.ts";
import { changeOf } from "./pictures/change.ts";
import { pictureRules } from "./pictures/rules.ts";
import { sentenceRules } from "./sentence/rules.ts";
import { solidInput } from "./solid/input.ts";
import { solidRules } from "./solid/rules.ts";
import { type Chroma, clipChroma } from "./solid/shares.ts";
import { parsedSolids } from "./solid/track.ts";
import type { ParsedFrame, RuleResult, Verdict } from "./types.ts";

const { frames: T } = CLIP;
const FRAME = PIXELS * 3;

/**
 * @param frames U8 [16, 64, 64, 3]
 * @param prompt a sentence of the grammar
 * @param options.laws of the world in which it should have happened
 * @param options.parsed whether the parsed scene is wanted, for drawing: half of the time goes into its outlines
 * @throws Error of one sentence where the frames have another size or the prompt is outside the grammar
 */
export function judgeClip(
  frames: Uint8Array,
  prompt: string,
  { parsed = true, laws = USUAL_LAWS }: { readonly parsed?: boolean; readonly laws?: Laws } = {},
): Verdict {
  if (frames.length !== T * FRAME) {
    throw new Error(`a clip is ${T} frames of 64×64 RGB, ${T * FRAME} bytes, got ${frames.length}`);
  }
  const attributes = parsePrompt(prompt);
  const { category } = PATTERNS[attributes.template];
  const chroma = clipChroma(frames);
  const discarded = discardedBecause(chroma);
  if (discarded) {
    return { prompt, category, sa: 0, pc: 0, joint: false, saGrade: 1, pcGrade: 1, rules: [], discarded, parsed: [] };
  }
  const solid = solidInput(frames, chroma, attributes, laws);
  const dry = solid.tracks.map(({ thing }) => thing.colour);
  const wet = attributes.things.map(({ colour }) => colour).filter((colour) => !dry.includes(colour));
  const liquids = wet.length > 0 ? parseLiquids(frames, wet, dry) : [];
  const solids = parsedSolids(solid.scene);
  const change = changeOf(chroma, wet.length === 0);
  const rules = [
    ...sentenceRules({ attributes, solid, liquids }),
    ...pictureRules({ attributes, change }),
    ...solidRules(solid),
    ...(wet.length > 0 ? fluidRules({ attributes, laws, liquids, solids, noise: change.noise }, frames) : []),
  ];
  const [sa, pc] = [worstOf(rules, "SA"), worstOf(rules, "PC")];
  return {
    prompt,
    category,
    sa: scoreOf(sa),
    pc: scoreOf(pc),
    joint: scoreOf(sa) >= HOLDS && scoreOf(pc) >= HOLDS,
    saGrade: gradeOf(sa),
    pcGrade: gradeOf(pc),
    rules,
    discarded: null,
    parsed: parsed ? solids.map((frame, t): ParsedFrame => ({ solids: frame, fluids: parsedFluids(liquids, t) })) : [],
  };
}

/** SA* and PC* hold from here: every rule that applies is within its tolerance. */
export const HOLDS = 0.5;

/** The largest error in units of its tolerance; an error that is no number is beyond any. */
function worstOf(rules: readonly RuleResult[], side: RuleResult["side"]): number {
  const ratios = rules
    .filter((rule) => rule.applies && rule.side === side)
    .map(({ error, tolerance }) => (Number.isNaN(error) ? Number.POSITIVE_INFINITY : error / tolerance));
  return Math.max(0, ...ratios);
}

const scoreOf = (worst: number): number => Math.max(0, Math.min(1, 1 - 0.5 * worst));

function gradeOf(worst: number): Verdict["saGrade"] {
  if (worst <= 0.25) return 5;
  if (worst <= 1) return 4;
  if (worst <= 2) return 3;
  return worst <= 4 ? 2 : 1;
}

/** Chroma units of σ. Noise of 0.03 on every channel makes 11; three times as much hides what is measured. */
const NOISIEST = 33;
/** px² of any colour in the frame that has most: less is a wall and nothing before it. */
const LEAST_COLOURED = 12;
const COLOURED = 50;

/** Why nothing can be measured in a clip: it is noise, or it is blank. */
function discardedBecause(chroma: readonly Chroma[]): string | null {
  let most = 0;
  let noise = 0;
  for (let t = 0; t < T; t += 5) {
    const { u, smoothU, smoothV } = chroma[t];
    noise = Math.max(noise, noiseOf(u, smoothU));
    let coloured = 0;
    for (let i = 0; i < PIXELS; i++)
      if (smoothU[i] * smoothU[i] + smoothV[i] * smoothV[i] > COLOURED * COLOURED) coloured++;
    most = Math.max(most, coloured);
  }
  if (noise > NOISIEST)
    return `noise: pixels differ from their neighbours by ${noise.toFixed(0)} of 255, over ${NOISIEST} nothing can be told`;
  if (most < LEAST_COLOURED)
    return `blank: at most ${most} pixels have a colour, a body has at least ${LEAST_COLOURED}`;
  return null;
}
